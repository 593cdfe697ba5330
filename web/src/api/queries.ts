/** The keys that cached answers are kept under. Live events refresh by these; see `live/effects.ts`. */
import { QueryClient, queryOptions } from '@tanstack/react-query';

import { api, data } from './client';
import { ApiError } from './errors';

export const keys = {
  image: (id: string) => ['image', id] as const,
  versions: (id: string) => ['image', id, 'versions'] as const,
  images: ['images'] as const,
  /** Pages of hits. */
  search: ['search'] as const,
  similar: (id: string) => ['similar', id] as const,
  quota: ['quota'] as const,
  jobs: ['jobs'] as const,
  generations: ['generations'] as const,
  usage: ['usage'] as const,
  settings: ['settings'] as const,
};

export const newQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // Live events say when something is old.
        staleTime: 60_000,
        retry: (failures, error) => error instanceof ApiError && error.isPassing && failures < 2,
      },
    },
  });

export const quotaQuery = queryOptions({
  queryKey: keys.quota,
  queryFn: ({ signal }) => data(api.GET('/quota', { signal })),
});

export const settingsQuery = queryOptions({
  queryKey: keys.settings,
  queryFn: ({ signal }) => data(api.GET('/settings', { signal })),
});
