/** What the chart shows. Pure. */
import type { Schemas } from '../../api/client';

export type Metric = 'calls' | 'tokens' | 'cost';
type Group = Schemas['UsageGroup'];

const DAY_MS = 86_400_000;

/** The first of so many days that end today, in UTC: `2026-11-20`. */
export const firstOf = (days: number, now: Date): string =>
  new Date(now.getTime() - (days - 1) * DAY_MS).toISOString().slice(0, 10);

/** Every day from the first to the last, so that one without calls has its place. */
export function daysOf({ first, last }: { first: string; last: string }): string[] {
  const count = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, day) => new Date(Date.parse(first) + day * DAY_MS).toISOString().slice(0, 10));
}

const MEASURES: Readonly<Record<Metric, (totals: Group['totals']) => number>> = {
  calls: (totals) => totals.calls,
  tokens: (totals) => totals.inputTokens + totals.outputTokens,
  cost: (totals) => totals.costUsd,
};

export interface Series {
  title: string;
  type: 'bar';
  data: { x: string; y: number }[];
}

/** One series for each provider, by name; groups are those of a report by day and provider. */
export function seriesOf(
  groups: readonly Group[],
  days: readonly string[],
  metric: Metric,
  nameOf: (provider: string) => string,
): Series[] {
  const byProvider = new Map<string, Map<string, number>>();
  for (const { provider, day, totals } of groups) {
    if (!provider || !day) continue;
    const found = byProvider.get(provider) ?? new Map<string, number>();
    byProvider.set(provider, found.set(day, MEASURES[metric](totals)));
  }
  return [...byProvider]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([provider, found]) => ({ title: nameOf(provider), type: 'bar', data: days.map((x) => ({ x, y: found.get(x) ?? 0 })) }));
}
