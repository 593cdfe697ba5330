import { expect, it } from 'vitest';

import { summary } from './summary';
import type { Transfer } from './uploads';

const transfer = (key: number, state: Transfer['state'], size: number, sent = 0): Transfer => ({
  key,
  state,
  sent,
  file: { name: `${key}.jpg`, size } as File,
});

it('counts what is to be waited for, and bytes rather than files', () => {
  const all = summary([transfer(1, 'sent', 100, 100), transfer(2, 'sending', 300, 50), transfer(3, 'waiting', 200)]);
  expect(all).toMatchObject({ done: 1, all: 3, percent: 25, isBusy: true });
});

it('is over with what failed, and knows nothing of what was cancelled', () => {
  const all = summary([transfer(1, 'sent', 100, 100), transfer(2, 'failed', 300, 10), transfer(3, 'cancelled', 900)]);
  expect(all).toMatchObject({ done: 1, all: 2, percent: 100, isBusy: false });
  expect(all.failed.map(({ key }) => key)).toEqual([2]);
});

it('is not whole before the last byte', () => {
  expect(summary([transfer(1, 'sending', 1000, 999)]).percent).toBe(99);
  expect(summary([]).percent).toBe(100);
});

it('shows first what needs attention, then in the order of the drop', () => {
  const states: Transfer['state'][] = ['sent', 'waiting', 'cancelled', 'failed', 'sending', 'failed'];
  const { ordered } = summary(states.map((state, index) => transfer(index, state, 1)));
  expect(ordered.map(({ key }) => key)).toEqual([3, 5, 4, 1, 0, 2]);
});
