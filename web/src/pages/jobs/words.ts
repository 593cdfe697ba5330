/** What a job is about, in words. Pure. */
import { text } from '../../messages';
import { day } from '../../messages/format';
import type { Job } from './queries';

const words = text.jobs.selection;

type Given = Partial<Record<string, unknown>>;

/** What the selection is mainly about: `Images without alt text`. */
function subject({ ids, missing, status }: Given): string {
  if (typeof ids === 'number') return words.ids(ids);
  if (Array.isArray(missing)) {
    const names = (missing as (keyof typeof text.jobs.fields)[]).map((name) => text.jobs.fields[name]);
    return names.length ? words.missing(names) : words.undescribed;
  }
  return typeof status === 'string' ? (words.status[status] ?? words.all) : words.all;
}

const CONDITIONS: readonly [string, (value: never) => string][] = [
  ['createdFrom', (from: string) => words.since(day(from))],
  ['createdBefore', (before: string) => words.until(day(before))],
  ['prefix', words.prefix],
  ['folder', words.folder],
  ['qualityBelow', words.quality],
  ['language', words.language],
  ['limit', words.limit],
];

export function describeSelection(selection: Job['selection']): string {
  const given: Given = selection;
  const conditions = CONDITIONS.filter(([name]) => given[name] !== undefined);
  return [subject(given), ...conditions.map(([name, say]) => say(given[name] as never))].join(', ');
}
