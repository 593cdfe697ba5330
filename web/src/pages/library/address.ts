/** What the library shows, as it stands in the page's address, so that it can be linked, and gone back to. */
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

import type { ImageView, Status } from '../../api/client';
import type { ListFilter } from '../../live/effects';
import { isDay } from '../../ui/days';
import { SOURCES, type Source } from '../../ui/options';
import { MOST_CHOSEN } from './selection';

export const STATUSES: readonly Status[] = ['complete', 'processing', 'queued', 'retrying', 'failed', 'pending', 'cancelled'];
export const MISSING = ['title', 'altText', 'caption', 'description', 'tags'] as const;

export interface View {
  q?: string | undefined;
  /** `rrggbb` */
  color?: string | undefined;
  tag?: string | undefined;
  status?: Status | undefined;
  /** Only where nothing is searched for. */
  missing?: ListFilter['missing'];
  /** From here on only of a search. */
  language?: string | undefined;
  source?: Source | undefined;
  /** Days, both included: `2026-11-20`. */
  from?: string | undefined;
  until?: string | undefined;
}

export const EVERYTHING: View = {
  q: undefined,
  color: undefined,
  tag: undefined,
  status: undefined,
  missing: undefined,
  language: undefined,
  source: undefined,
  from: undefined,
  until: undefined,
};

const given = (value: string | null | undefined) => (value === '' ? undefined : (value ?? undefined));
const matching = (value: string | null | undefined, pattern: RegExp) => (value && pattern.test(value) ? value : undefined);

export function viewOf(parameters: URLSearchParams): View {
  const from = parameters.get('from');
  const until = parameters.get('until');
  return {
    q: given(parameters.get('q')?.trim()),
    color: matching(parameters.get('color')?.toLowerCase(), /^[0-9a-f]{6}$/),
    tag: given(parameters.get('tag')),
    status: STATUSES.find((status) => status === parameters.get('status')),
    missing: MISSING.find((field) => field === parameters.get('missing')),
    language: matching(parameters.get('language'), /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/),
    source: SOURCES.find((source) => source === parameters.get('source')),
    from: isDay(from) ? from : undefined,
    until: isDay(until) ? until : undefined,
  };
}

export function parametersOf(view: View): URLSearchParams {
  const given = Object.entries(view).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(given);
}

/** Whether the search answers, and not the plain list. A status alone is the list's affair. */
export const isSearch = ({ q, color, tag }: View): boolean => Boolean(q ?? color ?? tag);

export const isEverything = (view: View): boolean => !Object.values(view).some(Boolean);

/** Tells the page of an image that going back leads to where it was clicked. */
export const FROM_LIBRARY = { isFromLibrary: true } as const;

export interface JobLink {
  to: string;
  state?: { ids: string[] };
}

/**
 * Where a bulk job about what is shown begins. A search ranks the whole library, so that its job gets as many images
 * as are shown; a color without words is nothing that the API takes for a job, so that its images are named. `null`
 * where those would be too many, or are not all known.
 */
export function jobOf(view: View, images: readonly ImageView[], hasMore: boolean): JobLink | null {
  const { q, tag, missing, ...others } = view;
  const query = q ?? tag;
  if (!isSearch(view)) return { to: `/jobs/new?${String(parametersOf({ status: view.status, missing }))}` };
  if (query) {
    const parameters = parametersOf(others);
    parameters.set('query', query);
    if (tag) parameters.set('tags', tag);
    parameters.set('limit', String(images.length));
    return { to: `/jobs/new?${String(parameters)}` };
  }
  return hasMore || images.length > MOST_CHOSEN ? null : { to: '/jobs/new', state: { ids: images.map(({ id }) => id) } };
}

export function useView(): [View, (changes: View) => void] {
  const [parameters, setParameters] = useSearchParams();
  const view = useMemo(() => viewOf(parameters), [parameters]);
  return [view, (changes) => setParameters(parametersOf({ ...view, ...changes }))];
}
