/** What the library shows, as it stands in the page's address, so that it can be linked, and gone back to. */
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

import type { Status } from '../../api/client';
import type { ListFilter } from '../../live/effects';

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
}

const given = (value: string | null | undefined) => (value === '' ? undefined : (value ?? undefined));

export function viewOf(parameters: URLSearchParams): View {
  const color = parameters.get('color')?.toLowerCase();
  return {
    q: given(parameters.get('q')?.trim()),
    color: color && /^[0-9a-f]{6}$/.test(color) ? color : undefined,
    tag: given(parameters.get('tag')),
    status: STATUSES.find((status) => status === parameters.get('status')),
    missing: MISSING.find((field) => field === parameters.get('missing')),
  };
}

export function parametersOf(view: View): URLSearchParams {
  const given = Object.entries(view).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(given);
}

/** Whether the search answers, and not the plain list. A status alone is the list's affair. */
export const isSearch = ({ q, color, tag }: View): boolean => Boolean(q ?? color ?? tag);

export function useView(): [View, (changes: View) => void] {
  const [parameters, setParameters] = useSearchParams();
  const view = useMemo(() => viewOf(parameters), [parameters]);
  return [view, (changes) => setParameters(parametersOf({ ...view, ...changes }))];
}
