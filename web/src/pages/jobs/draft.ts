/** What is entered in the wizard, and the request that it comes to. Pure. */
import type { Schemas, Status } from '../../api/client';
import type { FIELDS } from '../../messages/en/jobs';
import { isDay, midnight } from '../../ui/days';
import { SOURCES, type Source } from '../../ui/options';

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
  /** What the library is searched for; `tags` and `color` narrow a search. */
  query: string;
  /** With commas between. */
  tags: string;
  /** `4682b4`, with or without `#`. */
  color: string;
  status: Status | null;
  source: Source | null;
  /** Of the texts as they are. */
  textsIn: string | null;
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
  /** US dollars. */
  maxCost: string;
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
  query: '',
  tags: '',
  color: '',
  status: null,
  source: null,
  textsIn: null,
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
  maxCost: '',
  autoResume: false,
};

const isField = (name: string | null, fields: readonly FieldName[]): name is FieldName =>
  fields.some((field) => field === name);

/** The statuses that a job may be about: others are of images that are being worked on. */
export const STATUSES = ['complete', 'failed', 'cancelled'] as const satisfies readonly Status[];

/** What the page was called with: chosen images, or what the library shows (`address.ts` there). */
export function newDraft(ids: readonly string[], search: URLSearchParams, fields: readonly FieldName[]): Draft {
  if (ids.length) return { ...EMPTY, ids, scope: 'chosen' };
  const missing = search.get('missing');
  const status = search.get('status');
  const narrowed = { ...EMPTY, ...narrowingOf(search) };
  if (isField(missing, fields)) return { ...narrowed, scope: 'missing', missing: [missing], status: known(status, STATUSES) };
  return status === 'failed' ? { ...narrowed, scope: 'failed' } : { ...narrowed, status: known(status, STATUSES) };
}

const known = <Value extends string>(value: string | null, values: readonly Value[]): Value | null =>
  values.find((one) => one === value) ?? null;

function narrowingOf(search: URLSearchParams): Partial<Draft> {
  const said = (name: string) => search.get(name) ?? '';
  const [from, until] = [search.get('from'), search.get('until')];
  return {
    query: said('query'),
    tags: said('tags'),
    color: said('color'),
    source: known(search.get('source'), SOURCES),
    textsIn: search.get('language'),
    from: isDay(from) ? from : '',
    until: isDay(until) ? until : '',
    limit: said('limit'),
  };
}

export const MOST = 1_000_000;

const MOST_TAGS = 20;
const LONGEST_TAG = 64;
const LONGEST_QUERY = 500;

export type Faults = Partial<
  Record<'missing' | 'query' | 'tags' | 'color' | 'dates' | 'qualityBelow' | 'limit' | 'maxCredits' | 'maxCost', true>
>;

const isBetween = (typed: string, from: number, to: number): boolean =>
  !typed || (/^\d+$/.test(typed) && Number(typed) >= from && Number(typed) <= to);

const tagsOf = ({ tags }: Draft): string[] => tags.split(',').flatMap((tag) => tag.trim() || []);

/** Whether the tags are as the API takes them. */
const areTags = (tags: readonly string[]): boolean => tags.length <= MOST_TAGS && tags.every((tag) => tag.length <= LONGEST_TAG);

/** Tags and a color narrow a search, and are nothing without one. */
const lacksQuery = ({ query, tags, color }: Draft): boolean => !query.trim() && Boolean(tags.trim() || color.trim());

/** What cannot be sent as it is. */
export function faultsOf(draft: Draft): Faults {
  return {
    ...(draft.scope === 'missing' && !draft.missing.length && { missing: true }),
    ...(draft.scope !== 'chosen' && searchFaults(draft)),
    ...(draft.from && draft.until && draft.until < draft.from && { dates: true }),
    ...(!isBetween(draft.qualityBelow, 1, 100) && { qualityBelow: true }),
    ...(!isBetween(draft.limit, 1, MOST) && { limit: true }),
    ...(!isBetween(draft.maxCredits, 1, MOST) && { maxCredits: true }),
    ...(!isAmount(draft.maxCost) && { maxCost: true }),
  };
}

function searchFaults(draft: Draft): Faults {
  const color = draft.color.trim();
  return {
    ...((lacksQuery(draft) || draft.query.length > LONGEST_QUERY) && { query: true }),
    ...(!areTags(tagsOf(draft)) && { tags: true }),
    ...(color && !/^#?[0-9a-f]{6}$/i.test(color) && { color: true }),
  };
}

const isAmount = (typed: string): boolean => !typed || (/^\d{1,6}(\.\d{1,4})?$/.test(typed) && Number(typed) > 0);

function selectionOf(draft: Draft): Schemas['Selection'] {
  // The images that were chosen are the whole selection.
  if (draft.scope === 'chosen') return { offset: 0, ids: [...draft.ids] };
  return {
    offset: 0,
    ...(draft.scope === 'missing' && { missing: [...draft.missing] }),
    ...(draft.scope === 'failed' ? { status: 'failed' as const } : draft.status && { status: draft.status }),
    ...searchOf(draft),
    ...(draft.source && { source: draft.source }),
    ...(draft.textsIn && { language: draft.textsIn }),
    ...(draft.from && { createdFrom: midnight(draft.from) }),
    ...(draft.until && { createdBefore: midnight(draft.until, 1) }),
    ...(draft.prefix && { prefix: draft.prefix }),
    ...(draft.qualityBelow && { qualityBelow: Number(draft.qualityBelow) }),
    ...(draft.limit && { limit: Number(draft.limit) }),
  };
}

function searchOf(draft: Draft): Partial<Schemas['Selection']> {
  const [query, tags, color] = [draft.query.trim(), tagsOf(draft), draft.color.trim()];
  return { ...(query && { query }), ...(tags.length && { tags }), ...(color && { color }) };
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

/** An estimate looks at all that match: the limits are entered beside it. */
export const requestOf = (draft: Draft, dryRun: boolean): Schemas['JobRequest'] => ({
  selection: selectionOf(draft),
  regenerate: regenerateOf(draft),
  dryRun,
  window: 200,
  autoResume: draft.autoResume,
  ...(!dryRun && draft.maxCredits && { maxCredits: Number(draft.maxCredits) }),
  ...(!dryRun && draft.maxCost && { maxCostUsd: Number(draft.maxCost) }),
});
