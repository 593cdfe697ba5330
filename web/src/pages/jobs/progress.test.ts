import { describe, expect, it } from 'vitest';

import { allows, progressOf } from './progress';
import type { Job, Wish } from './queries';

const counters = (changes: Partial<Job['counters']> = {}): Job['counters'] => ({
  total: 0,
  done: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  inFlight: 0,
  waiting: 0,
  unreached: 0,
  ...changes,
});

const figures = (found: Job['counters'], etaSeconds: number | null): Parameters<typeof progressOf>[0] => ({
  status: 'running',
  counters: found,
  progress: { done: 0, total: 0 },
  etaSeconds,
});

describe('progressOf', () => {
  it.each(['undoing', 'retrying'] as const)('begins anew while the job is %s', (status) => {
    const ended = counters({ total: 10, done: 10 });
    const job = { status, counters: ended, progress: { done: 2, total: 8 }, etaSeconds: 3 };
    expect(progressOf(job)).toEqual({ ended: 2, total: 8, percent: 25, rate: 2 });
  });

  it('counts every kind of ending and rounds down', () => {
    const nearly = counters({ total: 1000, done: 900, failed: 50, skipped: 48, cancelled: 1, inFlight: 1 });
    expect(progressOf(figures(nearly, 1))).toMatchObject({ ended: 999, percent: 99 });
  });

  it('is not finished with images that it did not reach', () => {
    const stopped = counters({ total: 10, done: 4, unreached: 6 });
    expect(progressOf(figures(stopped, null))).toMatchObject({ ended: 4, percent: 40 });
  });

  it('gives the pace back that the time left was computed from', () => {
    const running = counters({ total: 400, done: 100, inFlight: 60, waiting: 240 });
    expect(progressOf(figures(running, 60)).rate).toBe(5);
  });

  it('knows no pace before the first image has ended, nor when nothing is left', () => {
    const fresh = counters({ total: 10, inFlight: 2, waiting: 8 });
    expect(progressOf(figures(fresh, 30)).rate).toBeNull();
    expect(progressOf(figures(counters({ total: 3, done: 3 }), null)).rate).toBeNull();
  });

  it('of a job without images is whole', () => {
    expect(progressOf(figures(counters(), null)).percent).toBe(100);
  });
});

describe('allows', () => {
  const wishes: readonly Wish[] = ['pause', 'resume', 'cancel', 'retry-failed', 'undo'];
  const allowed = (status: Job['status'], changes: Partial<Job['counters']> = {}) =>
    wishes.filter((wish) => allows({ status, counters: counters(changes) }, wish));

  it('follows the states of the API', () => {
    expect(allowed('running')).toEqual(['pause', 'cancel']);
    expect(allowed('paused')).toEqual(['resume', 'cancel']);
    expect(allowed('quota_exhausted')).toEqual(['pause', 'resume', 'cancel']);
    expect(allowed('finishing', { done: 5 })).toEqual(['cancel']);
    expect(allowed('undone', { done: 5, failed: 1 })).toEqual([]);
  });

  it('offers only what there is something for', () => {
    expect(allowed('complete', { done: 5 })).toEqual(['undo']);
    expect(allowed('complete', { done: 5, failed: 1 })).toEqual(['retry-failed', 'undo']);
    expect(allowed('cancelled')).toEqual([]);
  });
});
