import { describe, expect, it } from 'vitest';

import { Sequence, type LiveEvent } from './sequence';

const hello = (seq: number): LiveEvent => ({ type: 'hello', seq, at: '2026-11-20T14:00:00.000Z' });
const image = (seq: number): LiveEvent => ({ type: 'image', seq, id: `image-${seq}` });

describe('Sequence', () => {
  it('takes what follows the first hello as it comes', () => {
    const sequence = new Sequence();
    expect(sequence.hear([hello(7)])).toEqual({ events: [], missed: false, from: '2026-11-20T14:00:00.000Z' });
    expect(sequence.hear([image(8), image(9)])).toEqual({ events: [image(8), image(9)], missed: false });
  });

  it('finds a gap between two events', () => {
    const sequence = new Sequence();
    sequence.hear([hello(7)]);
    expect(sequence.hear([image(9)])).toEqual({ events: [image(9)], missed: true });
  });

  it('finds at a hello what was told while the socket was closed', () => {
    const sequence = new Sequence();
    sequence.hear([hello(7), image(8)]);
    expect(sequence.hear([hello(10)])).toEqual({ events: [], missed: true });
    expect(sequence.hear([hello(10)])).toEqual({ events: [], missed: false });
  });

  it('takes frames that crossed without losing one', () => {
    const sequence = new Sequence();
    sequence.hear([hello(7)]);
    expect(sequence.hear([image(9)]).missed).toBe(true);
    expect(sequence.hear([image(8)])).toEqual({ events: [image(8)], missed: false });
    expect(sequence.hear([image(10)]).missed).toBe(false);
  });
});
