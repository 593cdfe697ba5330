import type { Transfer } from './uploads';

export interface Summary {
  done: number;
  /** All but those that were cancelled. */
  all: number;
  percent: number;
  failed: readonly Transfer[];
  isBusy: boolean;
  /** What needs attention first. */
  ordered: readonly Transfer[];
}

const RANK: Readonly<Record<Transfer['state'], number>> = { failed: 0, sending: 1, waiting: 2, sent: 3, cancelled: 4 };

export function summary(transfers: readonly Transfer[]): Summary {
  const counted = transfers.filter(({ state }) => state !== 'cancelled');
  const bytes = counted.reduce((sum, { file }) => sum + file.size, 0);
  // What failed is over: the bar is about what is still to be waited for.
  const sent = counted.reduce((sum, { file, state, sent }) => sum + (state === 'failed' ? file.size : sent), 0);
  return {
    done: counted.filter(({ state }) => state === 'sent').length,
    all: counted.length,
    percent: bytes === 0 ? 100 : Math.floor((100 * sent) / bytes),
    failed: counted.filter(({ state }) => state === 'failed'),
    isBusy: counted.some(({ state }) => state === 'waiting' || state === 'sending'),
    ordered: [...transfers].sort((one, other) => RANK[one.state] - RANK[other.state] || one.key - other.key),
  };
}
