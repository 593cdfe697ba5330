/** What is entered in the forms, and what is sent of it. Pure. */
import type { Preferences, Settings } from './queries';

type Context = NonNullable<Preferences['context']>;
export type Schedule = NonNullable<Preferences['schedule']>;

const TERM = 60;
export const MOST_TERMS = { keywords: 50, avoid: 50, vocabulary: 500 } as const;
export type TermList = keyof typeof MOST_TERMS;

export interface TextsDraft {
  brand: string;
  audience: string;
  tone: string;
  language: string | null;
  keywords: string;
  avoid: string;
  vocabulary: string;
  policy: NonNullable<Preferences['policy']>;
  policies: NonNullable<Preferences['policies']>;
}

/** What stands on the lines of a text, without those that are empty. */
export const linesOf = (typed: string): string[] => typed.split('\n').flatMap((line) => line.trim() || []);

/** The API takes so many addresses at once. */
export const MOST_ADDRESSES = 25;

/** What is wrong with addresses to import from; the API says the rest. */
export function addressFault(addresses: readonly string[]): 'none' | 'many' | 'form' | null {
  if (addresses.length === 0) return 'none';
  if (addresses.length > MOST_ADDRESSES) return 'many';
  return addresses.every((address) => /^https?:\/\/\S+$/.test(address)) ? null : 'form';
}

export const areFit = (typed: string, list: TermList): boolean => {
  const terms = linesOf(typed);
  return terms.length <= MOST_TERMS[list] && terms.every((term) => term.length <= TERM);
};

export function textsOf({ context, policy, policies }: Settings): TextsDraft {
  return {
    brand: context.brand ?? '',
    audience: context.audience ?? '',
    tone: context.tone ?? '',
    language: context.language ?? null,
    keywords: context.keywords.join('\n'),
    avoid: context.avoid.join('\n'),
    vocabulary: context.vocabulary.join('\n'),
    policy,
    policies: policies ?? {},
  };
}

type Policies = TextsDraft['policies'];

/** With another rule for one text; none means the general one. */
export function withPolicy(policies: Policies, field: keyof Policies, policy: TextsDraft['policy'] | null): Policies {
  const others = Object.entries(policies).filter(([name]) => name !== field);
  return Object.fromEntries(policy ? [...others, [field, policy]] : others);
}

/** The text, or null for one that says nothing. */
const said = (typed: string): string | null => (typed.trim() ? typed.trim() : null);

export function preferencesOf(draft: TextsDraft): Partial<Preferences> {
  const context: Context = {
    brand: said(draft.brand),
    audience: said(draft.audience),
    tone: said(draft.tone),
    language: draft.language,
    keywords: linesOf(draft.keywords),
    avoid: linesOf(draft.avoid),
    vocabulary: linesOf(draft.vocabulary),
  };
  return { context, policy: draft.policy, policies: draft.policies };
}

export interface AiDraft {
  provider: NonNullable<Preferences['provider']> | null;
  model: string;
  detail: NonNullable<Preferences['detail']>;
  fallback: boolean;
  cap: string;
}

export const aiOf = ({ provider, model, detail, fallback, monthlyCapUsd }: Settings): AiDraft => ({
  provider: provider ?? null,
  model: model ?? '',
  detail,
  fallback,
  cap: monthlyCapUsd?.toString() ?? '',
});

export const isAmount = (typed: string): boolean => !typed || /^\d{1,6}(\.\d{1,2})?$/.test(typed);

export const aiPreferencesOf = ({ provider, model, detail, fallback, cap }: AiDraft): Partial<Preferences> => ({
  provider,
  // A model is a provider's own.
  model: provider ? said(model) : null,
  detail,
  fallback,
  monthlyCapUsd: cap ? Number(cap) : null,
});

export interface ScheduleDraft {
  isOn: boolean;
  every: Schedule['every'];
  weekday: NonNullable<Schedule['weekday']>;
  hour: string;
  work: NonNullable<Schedule['work']>;
  minAgeDays: string;
  maxCredits: string;
}

export function scheduleOf({ schedule }: Settings): ScheduleDraft {
  return {
    isOn: Boolean(schedule),
    every: schedule?.every ?? 'weekly',
    weekday: schedule?.weekday ?? 'monday',
    hour: String(schedule?.hour ?? 3),
    work: schedule?.work ?? 'missing',
    minAgeDays: String(schedule?.minAgeDays ?? 30),
    maxCredits: schedule ? String(schedule.maxCredits) : '100',
  };
}

export const isWhole = (typed: string, from: number, to: number): boolean =>
  /^\d{1,9}$/.test(typed) && Number(typed) >= from && Number(typed) <= to;

export function schedulePreferencesOf(draft: ScheduleDraft): Partial<Preferences> {
  if (!draft.isOn) return { schedule: null };
  const { every, weekday, hour, work, minAgeDays, maxCredits } = draft;
  return {
    schedule: {
      every,
      weekday,
      hour: Number(hour),
      work,
      minAgeDays: Number(minAgeDays),
      maxCredits: Number(maxCredits),
    },
  };
}
