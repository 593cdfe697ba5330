/** The files on their way. Knows neither React nor HTTP; `transport.ts` sends, `UploadPanel.tsx` shows. */
import type { Schemas } from '../api/client';
import { ApiError } from '../api/errors';
import { text } from '../messages';
import { sentence } from '../ui/sentence';
import { refusal } from './files';

/** The API takes so many files in one request. */
export const BATCH = 25;
const SENDERS = 4;

export type Form = Schemas['Upload'];

export interface Transfer {
  key: number;
  file: File;
  state: 'waiting' | 'sending' | 'sent' | 'failed' | 'cancelled';
  /** Bytes. */
  sent: number;
  /** Why it failed, in a sentence. */
  reason?: string | undefined;
  /** The refusal, where it was the API's. */
  error?: unknown;
}

export interface Transport {
  start(files: readonly File[]): Promise<readonly Form[]>;
  send(form: Form, file: File, progress: (sent: number) => void, signal: AbortSignal): Promise<void>;
  /** Calls an upload off, so that its credit comes back at once. */
  cancel(id: string): Promise<unknown>;
}

interface Started {
  transfer: Transfer;
  form: Form;
}

export class Uploads {
  private transfers: readonly Transfer[] = [];
  private readonly started: Started[] = [];
  private readonly stops = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  private starting = false;
  private sending = 0;
  private keys = 0;

  constructor(private readonly transport: Transport) {}

  readonly snapshot = (): readonly Transfer[] => this.transfers;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  add(files: readonly File[]): void {
    const added = files.map((file): Transfer => {
      const reason = refusal(file);
      const base = { key: ++this.keys, file, sent: 0 };
      return reason ? { ...base, state: 'failed', reason } : { ...base, state: 'waiting' };
    });
    this.become([...this.transfers, ...added]);
    void this.startNext();
  }

  cancel(key: number): void {
    const transfer = this.transfers.find((one) => one.key === key);
    if (!transfer || (transfer.state !== 'waiting' && transfer.state !== 'sending')) return;
    this.change([key], { state: 'cancelled' });
    this.stops.get(key)?.abort();
  }

  cancelAll(): void {
    for (const { key } of this.transfers) this.cancel(key);
  }

  retry(keys: readonly number[]): void {
    this.change(keys, { state: 'waiting', sent: 0, reason: undefined, error: undefined });
    void this.startNext();
  }

  /** Forget what has ended. */
  clear(): void {
    this.become(this.transfers.filter(({ state }) => state === 'waiting' || state === 'sending'));
  }

  /** Ask for the forms of the next files, but not for more than can be sent soon: a form expires. */
  private async startNext(): Promise<void> {
    if (this.starting || this.started.length > SENDERS) return;
    const announced = new Set(this.started.map(({ transfer }) => transfer.key));
    const batch = this.transfers.filter(({ state, key }) => state === 'waiting' && !announced.has(key)).slice(0, BATCH);
    if (batch.length === 0) return;
    this.starting = true;
    try {
      const forms = await this.transport.start(batch.map(({ file }) => file));
      forms.forEach((form, index) => {
        const transfer = batch[index];
        if (transfer) this.started.push({ transfer, form });
      });
    } catch (error) {
      for (const [index, reason] of refused(error, batch.length)) {
        const transfer = batch[index];
        if (transfer) this.change([transfer.key], { state: 'failed', reason, error });
      }
    }
    this.starting = false;
    for (let sender = this.sending; sender < SENDERS; sender++) void this.sendAll();
    void this.startNext();
  }

  /** One sender: takes the next file until there is none. */
  private async sendAll(): Promise<void> {
    this.sending++;
    for (let next = this.started.shift(); next; next = this.started.shift()) {
      await this.send(next);
      void this.startNext();
    }
    this.sending--;
  }

  private async send({ transfer: { key, file }, form }: Started): Promise<void> {
    const stop = new AbortController();
    this.stops.set(key, stop);
    try {
      if (this.transfers.some((one) => one.key === key && one.state === 'cancelled')) stop.abort();
      else this.change([key], { state: 'sending' });
      stop.signal.throwIfAborted();
      await this.transport.send(form, file, (sent) => this.change([key], { sent }), stop.signal);
      this.change([key], { state: 'sent', sent: file.size });
    } catch (error) {
      if (!stop.signal.aborted) this.change([key], { state: 'failed', reason: text.uploads.refused.broken, error });
      // Where this does not arrive either, the form expires and the credit comes back by itself.
      await this.transport.cancel(form.id).catch(() => undefined);
    } finally {
      this.stops.delete(key);
    }
  }

  private change(keys: readonly number[], changes: Partial<Transfer>): void {
    const changed = new Set(keys);
    this.become(this.transfers.map((one) => (changed.has(one.key) ? { ...one, ...changes } : one)));
  }

  private become(transfers: readonly Transfer[]): void {
    this.transfers = transfers;
    for (const listener of this.listeners) listener();
  }
}

/**
 * Which files of a batch a refusal is about, and why: `position, sentence`. The API takes all or none, so those
 * that it does not name are asked for again.
 */
export function refused(error: unknown, count: number): [number, string][] {
  const all = (from: number, reason: string) =>
    Array.from({ length: count - from }, (_, index): [number, string] => [from + index, reason]);
  if (!(error instanceof ApiError)) return all(0, sentence(error));
  const { remaining, field } = error.details;
  if (error.code === 'QUOTA_EXCEEDED') {
    // At least one is refused, or the same would be asked for again for ever.
    return all(typeof remaining === 'number' ? Math.min(remaining, count - 1) : 0, text.uploads.refused.quota);
  }
  const named = { ...error.fields, ...(typeof field === 'string' && { [field]: error.message }) };
  const positions = Object.entries(named).flatMap(([path, reason]): [number, string][] => {
    const position = /^files\.(\d+)\b/.exec(path)?.[1];
    return position === undefined || Number(position) >= count ? [] : [[Number(position), reason]];
  });
  return positions.length > 0 ? positions : all(0, sentence(error));
}
