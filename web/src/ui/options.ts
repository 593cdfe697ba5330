/** Choices that several pages offer, with their words. */
import { text } from '../messages';
import { LANGUAGES } from '../messages/en/regenerate';
import { languageName, spoken } from '../messages/format';

const { providers, policies } = text.regenerate;
const { explained } = text.settings.texts;

export const PROVIDERS = (Object.keys(providers) as (keyof typeof providers)[]).map((value) => ({
  value,
  label: providers[value],
}));

/** Others than those to choose from may have been at work: vectors are made on this machine, too. */
export const providerName = (provider: string): string =>
  (providers as Partial<Record<string, string>>)[provider] ?? spoken(provider);

export const POLICIES = (Object.keys(policies) as (keyof typeof policies)[]).map((value) => ({
  value,
  label: policies[value],
  description: explained[value],
}));

/** Where an image may have come from, as the API names it. */
export const SOURCES = ['upload', 'dropbox', 'url', 'generation'] as const;
export type Source = (typeof SOURCES)[number];
export const SOURCE_OPTIONS = SOURCES.map((value) => ({ value, label: text.library.origins[value] }));

export const LANGUAGE_OPTIONS = LANGUAGES.map((value) => ({ value, label: languageName(value) }));
