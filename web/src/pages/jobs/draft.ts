/** What is entered in the wizard, and the request that it comes to. Pure. */
import type { Schemas } from '../../api/client';
import type { FIELDS } from '../../messages/en/jobs';

export type FieldName = (typeof FIELDS)[number];
export type Scope = 'chosen' | 'all' | 'missing' | 'failed';
type Regenerate = Schemas['RegenerateRequest'];
export type Policy = NonNullable<Regenerate['policy']>;
export type Provider = NonNullable<Regenerate['provider']>;

/** Dates are `2026-11-20` as the calendar gives them, numbers as they were typed; empty is "not asked for". */
export interface Draft {
  scope: Scope;
  ids: readonly string[];
  missing: readonly FieldName[];
  from: string;
  until: string;
  prefix: string;
  qualityBelow: string;
  limit: string;
  provider: Provider | null;
  language: string | null;
  policy: Policy | null;
  fields: readonly FieldName[];
  force: boolean;
  maxCredits: string;
  autoResume: boolean;
}

/** What each step of the wizard is given. */
export interface StepProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
}

const EMPTY: Draft = {
  scope: 'all',
  ids: [],
  missing: ['altText'],
  from: '',
  until: '',
  prefix: '',
  qualityBelow: '',
  limit: '',
  provider: null,
  language: null,
  policy: null,
  fields: [],
  force: false,
  maxCredits: '',
  autoResume: false,
};

const isField = (name: string | null, fields: readonly FieldName[]): name is FieldName =>
  fields.some((field) => field === name);

/** What the page was called with: chosen images, or a filter of the library. */
export function newDraft(ids: readonly string[], search: URLSearchParams, fields: readonly FieldName[]): Draft {
  const missing = search.get('missing');
  if (ids.length) return { ...EMPTY, ids, scope: 'chosen' };
  if (isField(missing, fields)) return { ...EMPTY, scope: 'missing', missing: [missing] };
  return search.get('status') === 'failed' ? { ...EMPTY, scope: 'failed' } : EMPTY;
}

export const MOST = 1_000_000;

export type Faults = Partial<Record<'missing' | 'dates' | 'qualityBelow' | 'limit' | 'maxCredits', true>>;

const isBetween = (typed: string, from: number, to: number): boolean =>
  !typed || (/^\d+$/.test(typed) && Number(typed) >= from && Number(typed) <= to);

/** What cannot be sent as it is. */
export function faultsOf(draft: Draft): Faults {
  return {
    ...(draft.scope === 'missing' && !draft.missing.length && { missing: true }),
    ...(draft.from && draft.until && draft.until < draft.from && { dates: true }),
    ...(!isBetween(draft.qualityBelow, 1, 100) && { qualityBelow: true }),
    ...(!isBetween(draft.limit, 1, MOST) && { limit: true }),
    ...(!isBetween(draft.maxCredits, 1, MOST) && { maxCredits: true }),
  };
}

/** Midnight where the reader is, `days` after the day. */
function midnight(date: string, days = 0): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number) as [number, number, number];
  return new Date(year, month - 1, dayOfMonth + days).toISOString();
}

function selectionOf(draft: Draft): Schemas['Selection'] {
  return {
    offset: 0,
    ...(draft.scope === 'chosen' && { ids: [...draft.ids] }),
    ...(draft.scope === 'missing' && { missing: [...draft.missing] }),
    ...(draft.scope === 'failed' && { status: 'failed' as const }),
    ...(draft.from && { createdFrom: midnight(draft.from) }),
    ...(draft.until && { createdBefore: midnight(draft.until, 1) }),
    ...(draft.prefix && { prefix: draft.prefix }),
    ...(draft.qualityBelow && { qualityBelow: Number(draft.qualityBelow) }),
    ...(draft.limit && { limit: Number(draft.limit) }),
  };
}

function regenerateOf({ provider, language, policy, fields, force }: Draft): Regenerate {
  return {
    force,
    ...(provider && { provider }),
    ...(language && { language }),
    ...(policy && { policy }),
    ...(fields.length && { fields: [...fields] }),
  };
}

/** An estimate looks at all that match: the limit of credits is entered beside it. */
export const requestOf = (draft: Draft, dryRun: boolean): Schemas['JobRequest'] => ({
  selection: selectionOf(draft),
  regenerate: regenerateOf(draft),
  dryRun,
  window: 200,
  autoResume: draft.autoResume,
  ...(!dryRun && draft.maxCredits && { maxCredits: Number(draft.maxCredits) }),
});
