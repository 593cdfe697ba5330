/** Numbers, dates and plurals as the reader's language writes them. */
import { locale } from './locale';

const integers = new Intl.NumberFormat(locale);
const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const plurals = new Intl.PluralRules(locale);
const bytes = [
  [1e6, 'megabyte'],
  [1e3, 'kilobyte'],
  [1, 'byte'],
] as const;

export const integer = (value: number): string => integers.format(value);
export const percent = (share: number): string => percents.format(share);
export const moment = (iso: string): string => moments.format(new Date(iso));
export const day = (iso: string): string => days.format(new Date(iso));

/** `2.4M`: what a glance can take in. */
const compacts = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
export const compact = (value: number): string => compacts.format(value);

const shortDays = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' });
/** `Nov 20` for `2026-11-20`. */
export const shortDay = (date: string): string => shortDays.format(new Date(date));

/** `1 image`, `1,200 images`. */
export const count = (value: number, one: string, other: string): string =>
  `${integer(value)} ${plurals.select(value) === 'one' ? one : other}`;

export const dollars = (usd: number): string =>
  new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: usd !== 0 && Math.abs(usd) < 1 ? 4 : 2,
  }).format(usd);

/** `45 sec`, `12 min`, `3 hr 5 min`: as exact as somebody who waits wants to know. */
export function duration(seconds: number): string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds < 60) return unit(Math.ceil(seconds), 'second');
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return unit(minutes, 'minute');
  const rest = minutes % 60;
  return rest ? `${unit(Math.floor(minutes / 60), 'hour')} ${unit(rest, 'minute')}` : unit(minutes / 60, 'hour');
}

/** `3.2`, `120`: a figure of which one decimal place says enough. */
export const decimal = (value: number): string =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);

const languages = new Intl.DisplayNames(locale, { type: 'language' });
/** `German` for `de`; a tag that nobody knows is its own name. */
export const languageName = (tag: string): string => languages.of(tag) ?? tag;

export const list = (items: readonly string[]): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(items);

/** `Provider timeout` for the code `PROVIDER_TIMEOUT`: what is said of codes without words of their own. */
export function spoken(code: string): string {
  const words = code.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `guidance scale` for the name `guidanceScale`. */
export const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export function fileSize(size: number): string {
  const [unit, name] = bytes.find(([step]) => size >= step) ?? ([1, 'byte'] as const);
  const digits = { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, digits).format(size / unit);
}
