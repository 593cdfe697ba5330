import { describe, expect, it } from 'vitest';

import { ApiError } from '../api/errors';
import { refused, Uploads, type Form, type Transport } from './uploads';

const file = (name: string, size = 10, type = 'image/jpeg') => new File([new Uint8Array(size)], name, { type });
const form = (name: string): Form => ({ id: name, name, reservationId: name, url: '', fields: {}, expiresAt: '' });

class Fake implements Transport {
  readonly batches: string[][] = [];
  readonly cancelled: string[] = [];
  refusals: unknown[] = [];
  broken = new Set<string>();
  hold: Promise<void> | undefined;

  start = async (files: readonly File[]) => {
    await Promise.resolve();
    this.batches.push(files.map(({ name }) => name));
    const refusal = this.refusals.shift();
    if (refusal) throw refusal as Error;
    return files.map(({ name }) => form(name));
  };
  send = async ({ id }: Form, _file: File, progress: (sent: number) => void, signal: AbortSignal) => {
    progress(5);
    await this.hold;
    signal.throwIfAborted();
    if (this.broken.delete(id)) throw new Error('S3 answered 403');
  };
  cancel = (id: string) => Promise.resolve(this.cancelled.push(id));
}

const states = (uploads: Uploads) => Object.fromEntries(uploads.snapshot().map((one) => [one.file.name, one.state]));
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('Uploads', () => {
  it('sends everything, in batches that the API takes', async () => {
    const fake = new Fake();
    const uploads = new Uploads(fake);
    uploads.add(Array.from({ length: 60 }, (_, index) => file(`${index}.jpg`)));
    await settled();
    expect(fake.batches.map((batch) => batch.length)).toEqual([25, 25, 10]);
    expect(new Set(uploads.snapshot().map(({ state }) => state))).toEqual(new Set(['sent']));
  });

  it('says at once of a file that it is too big or no image', async () => {
    const fake = new Fake();
    const uploads = new Uploads(fake);
    uploads.add([file('notes.txt', 10, 'text/plain'), file('big.png', 26 * 2 ** 20, 'image/png'), file('scan.HEIC', 10, '')]);
    await settled();
    expect(states(uploads)).toEqual({ 'notes.txt': 'failed', 'big.png': 'failed', 'scan.HEIC': 'sent' });
    expect(fake.batches).toEqual([['scan.HEIC']]);
  });

  it('sends as many as there are credits, and the rest after an upgrade', async () => {
    const fake = new Fake();
    fake.refusals = [new ApiError(403, 'QUOTA_EXCEEDED', 'No.', { remaining: 1 })];
    const uploads = new Uploads(fake);
    uploads.add([file('a.jpg'), file('b.jpg'), file('c.jpg')]);
    await settled();
    expect(states(uploads)).toEqual({ 'a.jpg': 'sent', 'b.jpg': 'failed', 'c.jpg': 'failed' });
    uploads.retry([2, 3]);
    await settled();
    expect(states(uploads)).toEqual({ 'a.jpg': 'sent', 'b.jpg': 'sent', 'c.jpg': 'sent' });
  });

  it('calls off what is cancelled, so that the credit comes back', async () => {
    const fake = new Fake();
    let go: () => void = () => undefined;
    fake.hold = new Promise((resolve) => (go = resolve));
    const uploads = new Uploads(fake);
    uploads.add([file('a.jpg'), file('b.jpg')]);
    await settled();
    uploads.cancel(1);
    go();
    await settled();
    expect(states(uploads)).toEqual({ 'a.jpg': 'cancelled', 'b.jpg': 'sent' });
    expect(fake.cancelled).toEqual(['a.jpg']);
  });

  it('goes on with the others where one does not arrive', async () => {
    const fake = new Fake();
    fake.broken.add('a.jpg');
    const uploads = new Uploads(fake);
    uploads.add([file('a.jpg'), file('b.jpg')]);
    await settled();
    expect(states(uploads)).toEqual({ 'a.jpg': 'failed', 'b.jpg': 'sent' });
    expect(fake.cancelled).toEqual(['a.jpg']);
    uploads.retry([1]);
    await settled();
    expect(states(uploads)).toEqual({ 'a.jpg': 'sent', 'b.jpg': 'sent' });
    uploads.clear();
    expect(uploads.snapshot()).toEqual([]);
  });
});

describe('refused', () => {
  it('knows the files that are named', () => {
    const fields = [{ field: 'files.1.name', message: 'No path.' }];
    expect(refused(new ApiError(400, 'VALIDATION_FAILED', 'No.', { fields }), 3)).toEqual([[1, 'No path.']]);
    expect(refused(new ApiError(413, 'PAYLOAD_TOO_LARGE', 'Big.', { field: 'files.0.size' }), 2)).toEqual([[0, 'Big.']]);
  });

  it('takes a refusal that names nobody for all', () => {
    expect(refused(new ApiError(503, 'BUSY', 'Later.'), 2)).toEqual([
      [0, 'Later.'],
      [1, 'Later.'],
    ]);
  });
});
