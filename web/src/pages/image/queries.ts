import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { keys } from '../../api/queries';

const path = (id: string) => ({ params: { path: { image_id: id } } });

export const imageQuery = (id: string) =>
  queryOptions({
    queryKey: keys.image(id),
    queryFn: ({ signal }) => data(api.GET('/images/{image_id}', { ...path(id), signal })),
    // Its links are good for 15 minutes.
    refetchInterval: 12 * 60_000,
  });

export const versionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.versions(id),
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/images/{image_id}/versions', {
          params: { path: { image_id: id }, query: { cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const similarQuery = (id: string) =>
  queryOptions({
    queryKey: keys.similar(id),
    queryFn: ({ signal }) =>
      data(api.GET('/search/similar/{image_id}', { params: { path: { image_id: id }, query: { limit: 6 } }, signal })),
  });
