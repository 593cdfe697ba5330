import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, data, type ImageView, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';
import type { ListFilter } from '../../live/effects';
import { midnight } from '../../ui/days';
import { isSearch, type View } from './address';

const PAGE = 100;
const HITS = 50;

/** Kept while somebody looks at an image, however long, so that they come back to where they were. */
const KEPT_MS = 60 * 60_000;

/** The library, newest first, a page at a time. */
export const libraryQuery = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.images, filter] as const,
    queryFn: ({ pageParam, signal }): Promise<Schemas['ImagePage']> => {
      const { status = null, missing = null } = filter;
      return data(api.GET('/images', { params: { query: { status, missing, cursor: pageParam, limit: PAGE } }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    // Live changes are brought in one by one; reading all pages again would cost one request for each.
    staleTime: Infinity,
    gcTime: KEPT_MS,
  });

/** What is found, best first. A tag alone finds by its own words. */
export const searchQuery = ({ q, color, tag, status, language, source, from, until }: View) =>
  infiniteQueryOptions({
    queryKey: [...keys.search, { q, color, tag, status, language, source, from, until }] as const,
    queryFn: ({ pageParam, signal }): Promise<Schemas['HitPage']> => {
      const created = { createdFrom: from && midnight(from), createdTo: until && midnight(until, 1) };
      const filters = { limit: HITS, ...given({ status, tags: tag, language, source, ...created, cursor: pageParam }) };
      const words = q ?? tag;
      return words
        ? data(api.GET('/search', { params: { query: { ...filters, q: words, ...given({ color }) } }, signal }))
        : data(api.GET('/search/color', { params: { query: { ...filters, hex: color ?? '' } }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    gcTime: KEPT_MS,
  });

/** Without what is empty. */
const given = (parameters: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1])));

export interface Results {
  images: readonly ImageView[];
  /** Why each was found, by id; empty where nothing was searched for. */
  hits: ReadonlyMap<string, Schemas['Hit']>;
  isLoading: boolean;
  isLoadingMore: boolean;
  hasMore: boolean;
  loadMore: () => void;
  /** Why the next page did not come; it is asked for again by `loadMore`. */
  moreError: Error | null;
  error: Error | null;
  retry: () => void;
  /** The library was still being read in, so that hits may be missing. */
  isPartial: boolean;
  isWordsOnly: boolean;
}

export function useResults(view: View): Results {
  const searches = isSearch(view);
  const { status, missing } = view;
  const list = useInfiniteQuery({ ...libraryQuery({ status, missing }), enabled: !searches });
  const found = useInfiniteQuery({ ...searchQuery(view), enabled: searches });
  const query = searches ? found : list;
  const hits = useMemo(() => found.data?.pages.flatMap((page) => page.hits) ?? [], [found.data]);
  const listed = useMemo(() => list.data?.pages.flatMap((page) => page.images) ?? [], [list.data]);
  const images = useMemo(() => (searches ? distinct(hits.map(({ image }) => image)) : distinct(listed)), [searches, hits, listed]);
  const first = found.data?.pages[0];
  return {
    images,
    hits: useMemo(() => new Map(searches ? hits.map((hit) => [hit.image.id, hit]) : []), [searches, hits]),
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    moreError: query.isFetchNextPageError ? query.error : null,
    error: query.error,
    retry: () => void query.refetch(),
    isPartial: searches && first?.partial === true,
    isWordsOnly: searches && Boolean(view.q) && first?.byMeaning === false,
  };
}

/** Each once: what moved between two pages that were read may stand on both. */
const distinct = (images: readonly ImageView[]): ImageView[] => [...new Map(images.map((image) => [image.id, image])).values()];
