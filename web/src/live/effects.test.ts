import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ImageView, Schemas } from '../api/client';
import { keys } from '../api/queries';
import { isUnderWay, LiveEffects, type ReadChanges } from './effects';

const START = Date.UTC(2026, 10, 20, 14);
const at = (ms: number) => new Date(START + ms).toISOString();
const MINUTE = 60_000;

const image = (id: string, updatedAt: string, status: ImageView['status'] = 'complete') =>
  ({ id, updatedAt, status, metadata: {}, links: {} }) as ImageView;
const page = (...images: ImageView[]): Schemas['ImagePage'] => ({ images, removed: [], next: null });

let asked: string[];
let answers: (Schemas['ImagePage'] | Error)[];
let effects: LiveEffects;
let cache: QueryClient;

const read: ReadChanges = (since) => {
  asked.push(since);
  const answer = answers.shift() ?? page();
  return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
};

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', { visibilityState: 'visible' });
  asked = [];
  answers = [];
  cache = new QueryClient();
  effects = new LiveEffects(cache, read);
});

afterEach(() => {
  effects.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const hello = (from: string) => effects.heard({ events: [], missed: false, from });
const event = () => effects.heard({ events: [{ type: 'image', seq: 1, id: 'a' }], missed: false });

describe('with a socket', () => {
  beforeEach(() => effects.connected(true));

  it('answers many events with one question, from the last change on', async () => {
    answers = [page(image('a', at(500)))];
    event();
    event();
    await vi.advanceTimersByTimeAsync(300);
    event();
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([at(-MINUTE), at(500)]);
  });

  it('asks again, from the same moment, where the answer did not come', async () => {
    answers = [new Error('away'), new Error('away'), page(image('a', at(500)))];
    event();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toEqual([at(-MINUTE), at(-MINUTE), at(-MINUTE)]);
    event();
    await vi.advanceTimersByTimeAsync(300);
    expect(asked.at(-1)).toBe(at(500));
  });

  it('does not let an event wait for the next try', async () => {
    answers = Array.from({ length: 5 }, () => new Error('away'));
    event();
    await vi.advanceTimersByTimeAsync(20_000);
    const before = asked.length;
    event();
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toHaveLength(before + 1);
  });

  it('leaves nothing out where the socket opens long after the lists were read, whatever this clock says', async () => {
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    const yearsAhead = Date.UTC(2030, 0, 1);
    hello(new Date(yearsAhead).toISOString());
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([new Date(yearsAhead - 6 * MINUTE).toISOString()]);
  });

  it('is quiet where nothing is told', async () => {
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(asked).toEqual([]);
  });
});

describe('without a socket', () => {
  beforeEach(() => {
    effects.open();
    cache.setQueryData(keys.quota, {});
  });

  const listed = (status: ImageView['status']) =>
    cache.setQueryData([...keys.images, {}], { pages: [page(image('a', at(0), status))], pageParams: [null] });

  it('asks now and then, and often while something is under way', async () => {
    await vi.advanceTimersByTimeAsync(31_000);
    expect(asked).toHaveLength(1);
    listed('processing');
    effects.begins();
    await vi.advanceTimersByTimeAsync(13_000);
    expect(asked.length).toBeGreaterThanOrEqual(4);
  });

  it('brings the end of it in, and asks for the credits', async () => {
    listed('processing');
    answers = [page(image('a', at(1000)))];
    effects.begins();
    await vi.advanceTimersByTimeAsync(300);
    expect(isUnderWay(cache)).toBe(false);
    expect(cache.getQueryState(keys.quota)?.isInvalidated).toBe(true);
  });

  it('ends with the session, and once a socket tells', async () => {
    effects.connected(true);
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    effects.connected(false);
    effects.close();
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(asked).toEqual([]);
  });
});

it('knows what is under way on an image that is looked at', () => {
  cache.setQueryData(keys.image('a'), image('a', at(0), 'retrying'));
  cache.setQueryData(keys.versions('b'), { versions: [] });
  expect(isUnderWay(cache)).toBe(true);
});
