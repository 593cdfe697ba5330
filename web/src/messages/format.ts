/** Numbers, dates and plurals as the reader's language writes them. */
const locale = 'en';

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

/** `1 image`, `1,200 images`. */
export const count = (value: number, one: string, other: string): string =>
  `${integer(value)} ${plurals.select(value) === 'one' ? one : other}`;

export const dollars = (usd: number): string =>
  new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: usd !== 0 && Math.abs(usd) < 1 ? 4 : 2,
  }).format(usd);

export function fileSize(size: number): string {
  const [unit, name] = bytes.find(([step]) => size >= step) ?? ([1, 'byte'] as const);
  const digits = { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, digits).format(size / unit);
}
