/** What a job is about, in words. Pure. */
import { text } from '../../messages';
import { day, languageName } from '../../messages/format';
import { providerName } from '../../ui/options';
import type { Job } from './queries';

const words = text.jobs.selection;

type Given = Partial<Record<string, unknown>>;

type FieldName = keyof typeof text.jobs.fields;

const namesOf = (fields: readonly FieldName[]): string[] => fields.map((name) => text.jobs.fields[name]);

/** What the selection is mainly about: `Images without alt text`. */
function subject({ ids, query, missing, status }: Given): string {
  if (typeof ids === 'number') return words.ids(ids);
  if (typeof query === 'string') return words.query(query);
  if (Array.isArray(missing)) {
    const names = namesOf(missing as FieldName[]);
    return names.length ? words.missing(names) : words.undescribed;
  }
  return typeof status === 'string' ? (words.status[status] ?? words.some) : words.some;
}

const STATUSES: Readonly<Record<string, string>> = text.library.statuses;
const ORIGINS: Readonly<Record<string, string>> = text.library.origins;

/** In the order in which they are said. What the subject says already is not said again. */
const CONDITIONS: readonly [string, (value: never, given: Given) => string | null][] = [
  ['status', (status: string, given) => (isInSubject(status, given) ? null : words.statusIs(STATUSES[status] ?? status))],
  ['missing', (missing: FieldName[], { query }) => (query === undefined ? null : words.without(namesOf(missing)))],
  ['tags', (tags: string[]) => words.tags(tags)],
  ['color', (color: string) => words.color(`#${color.replace('#', '')}`)],
  ['source', (source: string) => words.source(ORIGINS[source] ?? source)],
  ['createdFrom', (from: string) => words.since(day(from))],
  ['createdBefore', (before: string) => words.until(day(before))],
  ['prefix', words.prefix],
  ['folder', words.folder],
  ['provider', (provider: string) => words.provider(providerName(provider))],
  ['modelOtherThan', words.modelOtherThan],
  ['promptVersionBelow', words.promptVersionBelow],
  ['updatedBefore', (before: string) => words.unchangedSince(day(before))],
  ['qualityBelow', words.quality],
  ['language', (tag: string) => words.language(languageName(tag))],
  ['limit', words.limit],
];

export function describeSelection(selection: Job['selection']): string {
  const given: Given = selection;
  const conditions = CONDITIONS.flatMap(([name, say]) => (given[name] === undefined ? [] : (say(given[name] as never, given) ?? [])));
  const about = subject(given);
  return about === words.some && conditions.length === 0 ? words.all : [about, ...conditions].join(', ');
}

/** A status that has words of its own is what the job is about, where nothing else is. */
const isInSubject = (status: string, { ids, query, missing }: Given): boolean =>
  ids === undefined && query === undefined && missing === undefined && status in words.status;
