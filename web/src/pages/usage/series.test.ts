import { describe, expect, it } from 'vitest';

import { daysOf, firstOf, seriesOf } from './series';

const loud = (provider: string) => provider.toUpperCase();

const totals = (calls: number) => ({
  calls,
  failures: 0,
  unpriced: 0,
  inputTokens: 100 * calls,
  outputTokens: 10 * calls,
  costUsd: 0.5 * calls,
  averageLatencyMs: 7,
});

describe('days', () => {
  it('are whole days in UTC, today included', () => {
    expect(firstOf(7, new Date('2026-03-01T00:30:00Z'))).toBe('2026-02-23');
    expect(firstOf(1, new Date('2026-03-01T23:59:59Z'))).toBe('2026-03-01');
  });

  it('have no gaps, also where the clocks change', () => {
    const days = daysOf({ first: '2026-03-28', last: '2026-03-30' });
    expect(days).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    expect(daysOf({ first: '2026-03-28', last: '2026-03-28' })).toEqual(['2026-03-28']);
  });
});

describe('seriesOf', () => {
  const days = ['2026-11-19', '2026-11-20'];
  const groups = [
    { day: '2026-11-19', provider: 'openai', totals: totals(3) },
    { day: '2026-11-20', provider: 'bedrock', totals: totals(2) },
    { day: '2026-11-20', provider: 'openai', totals: totals(1) },
  ];

  it('gives each provider a value for each day', () => {
    expect(seriesOf(groups, days, 'calls', loud)).toEqual([
      { title: 'BEDROCK', type: 'bar', data: [{ x: days[0], y: 0 }, { x: days[1], y: 2 }] },
      { title: 'OPENAI', type: 'bar', data: [{ x: days[0], y: 3 }, { x: days[1], y: 1 }] },
    ]);
  });

  it('counts tokens both ways, and cost', () => {
    expect(seriesOf(groups, days, 'tokens', loud)[1]?.data[0]?.y).toBe(330);
    expect(seriesOf(groups, days, 'cost', loud)[1]?.data[0]?.y).toBe(1.5);
  });

  it('is empty without calls', () => {
    expect(seriesOf([], days, 'calls', loud)).toEqual([]);
  });
});
