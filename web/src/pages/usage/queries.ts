import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { joined } from '../../api/csv';
import { keys } from '../../api/queries';
import { firstOf } from './series';

const PAGE = 50;

type Dimension = 'day' | 'provider' | 'model';

/** The last days, today included, in UTC as the API counts them. */
export const reportQuery = (days: number, by: Dimension[]) =>
  queryOptions({
    queryKey: [...keys.usage, 'report', days, by] as const,
    queryFn: ({ signal }) => {
      const query = { from: firstOf(days, new Date()), by };
      return data(api.GET('/usage', { params: { query }, signal }));
    },
    // Nothing tells of AI calls; who comes back to the page sees the latest.
    staleTime: 0,
  });

export const callsQuery = infiniteQueryOptions({
  queryKey: [...keys.usage, 'calls'] as const,
  queryFn: ({ pageParam, signal }) =>
    data(api.GET('/usage/calls', { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next ?? null,
  staleTime: 0,
});

/** Below the quota's key: whatever moves a balance is an entry of the journal. */
export const journalQuery = infiniteQueryOptions({
  queryKey: [...keys.quota, 'journal'] as const,
  queryFn: ({ pageParam, signal }) =>
    data(api.GET('/quota/journal', { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});

export const readJournal = (): Promise<string> =>
  joined((cursor) =>
    api.GET('/quota/journal', { params: { query: { cursor, format: 'csv', limit: 1000 } }, parseAs: 'text' }),
  );
