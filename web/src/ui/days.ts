/** Midnight where the reader is, `after` days after the day (`2026-11-20`), as the API takes moments. */
export function midnight(date: string, after = 0): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return new Date(year, month - 1, day + after).toISOString();
}

/** Whether it is a day of the calendar. */
export const isDay = (date: string | null): date is string =>
  date !== null && /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date));
