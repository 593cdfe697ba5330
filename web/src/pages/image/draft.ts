/** The metadata form: what is in it, what of it is new, and how it meets newer texts. Pure. */
import type { Schemas } from '../../api/client';

export type Metadata = Schemas['MetadataView'];
export type Edit = Omit<Schemas['MetadataEdit'], 'version'>;

/** What helps most: beyond it search results and screen readers cut, but nothing is refused. */
export const RECOMMENDED = { title: 60, altText: 125, caption: 300, description: 2000 } as const;
/** What the API takes. */
export const LONGEST = { title: 200, altText: 1000, caption: 5000, description: 5000 } as const;
export type TextField = keyof typeof RECOMMENDED;

const FIELDS = ['title', 'altText', 'caption', 'description', 'tags', 'decorative', 'language'] as const;

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The fields that differ from what they were. */
export function edited(before: Metadata, draft: Metadata): Edit {
  return Object.fromEntries(FIELDS.filter((field) => !same(before[field], draft[field])).map((field) => [field, draft[field]]));
}

export const isEdited = (before: Metadata, draft: Metadata): boolean => Object.keys(edited(before, draft)).length > 0;

/** Newer texts, with what was typed into the older ones over them. */
export const rebased = (before: Metadata, draft: Metadata, newer: Metadata): Metadata =>
  ({ ...newer, ...edited(before, draft) }) as Metadata;

/**
 * The fields that both sides changed, and not to the same. What was `open` before, nobody has decided on yet, so it
 * stays, however many versions follow that leave the field alone.
 */
export function contested(
  open: readonly (keyof Edit)[],
  before: Metadata,
  draft: Metadata,
  newer: Metadata,
): readonly (keyof Edit)[] {
  const [mine, theirs] = [edited(before, draft), edited(before, newer)];
  return unsettled(FIELDS.filter((field) => open.includes(field) || (field in mine && field in theirs)), draft, newer);
}

/** Those of the fields in which the draft and the newest texts still differ. */
export const unsettled = (fields: readonly (keyof Edit)[], draft: Metadata, newest: Metadata): readonly (keyof Edit)[] =>
  fields.filter((field) => !same(draft[field], newest[field]));
