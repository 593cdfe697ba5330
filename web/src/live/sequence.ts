/**
 * Whether anything was missed. Events of a user are numbered without gaps; a `hello` names the last number.
 * Pure: the socket and the cache are elsewhere.
 */
export interface LiveEvent {
  type: 'hello' | 'image' | 'image.removed' | 'job' | 'generation' | 'quota';
  seq: number;
  id?: string;
  at?: string;
  [fact: string]: unknown;
}

export interface Heard {
  /** What is to be done for these events. */
  events: LiveEvent[];
  /** Something was told while nobody listened: ask what changed. */
  missed: boolean;
  /** The server's time at the first `hello`: from then on nothing is missed without `missed` saying so. */
  from?: string;
}

export class Sequence {
  private last: number | null = null;
  private greeted = false;

  hear(events: readonly LiveEvent[]): Heard {
    const heard: Heard = { events: [], missed: false };
    for (const event of events) {
      if (event.type === 'hello') {
        if (!this.greeted && event.at) heard.from = event.at;
        this.greeted = true;
        heard.missed ||= this.last !== null && event.seq > this.last;
        this.last = Math.max(this.last ?? 0, event.seq);
        continue;
      }
      // Frames of two publishers may cross, so an old number is not a repetition.
      heard.missed ||= this.last !== null && event.seq > this.last + 1;
      this.last = Math.max(this.last ?? 0, event.seq);
      heard.events.push(event);
    }
    return heard;
  }
}
