import { infiniteQueryOptions } from '@tanstack/react-query';

import { api, data, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';
import type { ListFilter } from '../../live/effects';

const PAGE = 100;

/** The library, newest first, a page at a time. */
export const libraryQuery = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.images, filter] as const,
    queryFn: ({ pageParam, signal }): Promise<Schemas['ImagePage']> => {
      const query = { status: filter.status ?? null, missing: filter.missing ?? null, cursor: pageParam, limit: PAGE };
      return data(api.GET('/images', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    // Live changes are brought in one by one; reading all pages again would cost one request for each.
    staleTime: Infinity,
  });
