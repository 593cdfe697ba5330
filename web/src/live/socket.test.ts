import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { LiveSocket } from './socket';

/** A socket in whose place the test speaks. */
class Fake {
  static all: Fake[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  readonly sent: string[] = [];

  constructor(readonly address: string) {
    Fake.all.push(this);
  }

  send = (message: string) => this.sent.push(message);
  close = () => this.onclose?.();
}

const heard = vi.fn();
const connected = vi.fn();
let socket: LiveSocket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('WebSocket', Fake);
  Fake.all = [];
  socket = new LiveSocket('wss://gloss.example', () => Promise.resolve('a+b'), { heard, connected });
});

afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

it('says hello, tells what it hears, and that it is there', async () => {
  await socket.open();
  const [first] = Fake.all;
  expect(first?.address).toBe('wss://gloss.example?token=a%2Bb');
  first?.onopen?.();
  expect(first?.sent).toEqual(['{"action":"hello"}']);
  first?.onmessage?.({ data: '{"events":[{"type":"hello","seq":1,"at":"2026-11-20T14:00:00Z"}]}' });
  expect(heard).toHaveBeenCalledWith({ events: [], missed: false, from: '2026-11-20T14:00:00Z' });
  expect(connected.mock.calls).toEqual([[true]]);
});

it('tells that it is away, and comes back by itself', async () => {
  await socket.open();
  Fake.all[0]?.onopen?.();
  Fake.all[0]?.onclose?.();
  expect(connected.mock.calls).toEqual([[true], [false]]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(Fake.all).toHaveLength(2);
  Fake.all[1]?.onopen?.();
  expect(connected).toHaveBeenLastCalledWith(true);
});

it('is over once it is closed', async () => {
  await socket.open();
  Fake.all[0]?.onopen?.();
  socket.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Fake.all).toHaveLength(1);
  expect(connected.mock.calls).toEqual([[true]]);
});
