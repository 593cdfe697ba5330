/** What an event does to the cache. A page subscribes to nothing: it uses the queries of `api/queries.ts`. */
import type { QueryClient } from '@tanstack/react-query';

import { api, data, type ImageView, type Schemas } from '../api/client';
import { keys } from '../api/queries';
import { isBusy } from '../ui/images';
import { patched, patchedHits, withKeptLinks, type Changes, type HitPages, type ImagePages } from './images';
import type { Heard, LiveEvent } from './sequence';

const TOGETHER_MS = 250;
const PAGE = 100;
/** Lists may have been read this long before the socket was open. */
const BEFORE_MS = 60_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
/** How often it is asked for changes where no socket tells of them, while something is under way and else. */
const POLL_MS = 4000;
const IDLE_POLL_MS = 30_000;

/** A job or generation tells of each step: its lists and its details are asked for again. */
const REFRESHED: Partial<Record<LiveEvent['type'], readonly (readonly string[])[]>> = {
  quota: [keys.quota],
  job: [keys.jobs],
  generation: [keys.generations],
};

/** What the filters of a list (`[...keys.images, filter]`) let in. */
export interface ListFilter {
  status?: ImageView['status'] | undefined;
  missing?: 'title' | 'altText' | 'caption' | 'description' | 'tags' | undefined;
}

export const belongs =
  ({ status, missing }: ListFilter) =>
  (image: ImageView): boolean =>
    (!status || image.status === status) && (!missing || image.metadata[missing].length === 0);

/** A page of what changed since a moment: `GET /images?since=`. */
export type ReadChanges = (since: string, cursor: string | null) => Promise<Schemas['ImagePage']>;

export const readChanges: ReadChanges = (since, cursor) =>
  data(api.GET('/images', { params: { query: { since, limit: PAGE, ...(cursor && { cursor }) } } }));

/** Whether an image that is on some list, or was looked at, is being worked on. */
export function isUnderWay(cache: QueryClient): boolean {
  const lists = cache.getQueriesData<ImagePages>({ queryKey: keys.images });
  const images = cache.getQueriesData<ImageView>({ queryKey: ['image'], predicate: ({ queryKey }) => queryKey.length === 2 });
  return (
    images.some(([, image]) => image && isBusy(image)) ||
    lists.some(([, list]) => list?.pages.some((page) => page.images.some(isBusy)))
  );
}

export class LiveEffects {
  /** Asks begin here; of this browser's clock until the server has named a time. */
  private since: string;
  private isServersTime = false;
  private readonly begun = performance.now();
  private timer: number | undefined;
  private wait = TOGETHER_MS;
  private poll: number | undefined;
  private running = false;
  private again = false;
  private failures = 0;
  private isConnected = false;

  constructor(
    private readonly cache: QueryClient,
    private readonly read: ReadChanges,
  ) {
    this.since = new Date(Date.now() - BEFORE_MS).toISOString();
  }

  open(): void {
    this.pollLater();
  }

  heard({ events, missed, from }: Heard): void {
    if (from && !this.isServersTime) {
      // What the lists were read before: the socket may have opened long after them.
      const waited = performance.now() - this.begun;
      this.since = new Date(Date.parse(from) - waited - BEFORE_MS).toISOString();
      this.isServersTime = true;
    }
    if (missed) void this.cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.images[0] });
    for (const type of new Set(events.map((event) => event.type))) {
      for (const queryKey of REFRESHED[type] ?? []) void this.cache.invalidateQueries({ queryKey });
    }
    if (from || missed || events.some(({ type }) => type === 'image' || type === 'image.removed')) this.soon();
  }

  /** Without a socket nothing tells of changes, so that it is asked for them. */
  connected(isConnected: boolean): void {
    this.isConnected = isConnected;
    this.pollLater();
  }

  /** Something was begun here, of which an event may not tell. */
  begins(): void {
    if (!this.isConnected) this.soon();
  }

  close(): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.poll);
    this.timer = undefined;
  }

  /** Many events come at once; one question answers all of them. */
  private soon(wait = TOGETHER_MS): void {
    if (this.timer !== undefined && this.wait <= wait) return;
    window.clearTimeout(this.timer);
    this.wait = wait;
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      void this.catchUp();
    }, wait);
  }

  private pollLater(): void {
    window.clearTimeout(this.poll);
    if (this.isConnected) return;
    this.poll = window.setTimeout(
      () => {
        if (document.visibilityState === 'visible') this.soon();
        this.pollLater();
      },
      isUnderWay(this.cache) ? POLL_MS : IDLE_POLL_MS,
    );
  }

  private async catchUp(): Promise<void> {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    try {
      await this.askForChanges();
      this.failures = 0;
    } catch {
      // Asked again from the same moment: no later event need come to tell that something was missed.
      this.soon(Math.min(FIRST_RETRY_MS * 2 ** this.failures++, LONGEST_RETRY_MS));
    }
    this.running = false;
    if (this.again) {
      this.again = false;
      this.soon();
    }
  }

  private async askForChanges(): Promise<void> {
    let cursor: string | null | undefined;
    do {
      const page = await this.read(this.since, cursor ?? null);
      bringIn(this.cache, { images: page.images, removed: page.removed ?? [] });
      // The last change is always among them. An event would have told of the credit, too.
      const isNews = page.images.some(({ updatedAt }) => updatedAt > this.since);
      if (isNews && !this.isConnected) void this.cache.invalidateQueries({ queryKey: keys.quota });
      const last = page.images.at(-1);
      cursor = page.next;
      if (!cursor && last) {
        this.since = last.updatedAt;
        this.isServersTime = true;
      }
    } while (cursor);
    if (!this.isConnected) this.pollLater();
  }
}

/** Brings changed images into every cached answer that holds them. */
export function bringIn(cache: QueryClient, changes: Changes, now = Date.now()): void {
  for (const [queryKey] of cache.getQueriesData<ImagePages>({ queryKey: keys.images })) {
    const takes = belongs(queryKey[1] as ListFilter);
    cache.setQueryData<ImagePages>(queryKey, (list) => {
      const after = list && patched(list, changes, takes, now);
      // Nothing is set where nothing changes: it would also take away the error of a page that did not come.
      return after === list ? undefined : after;
    });
  }
  cache.setQueriesData<HitPages>({ queryKey: keys.search }, (found) => found && patchedHits(found, changes, now));
  for (const image of changes.images) {
    cache.setQueryData<ImageView>(keys.image(image.id), (before) => before && withKeptLinks(before, image, now));
    void cache.invalidateQueries({ queryKey: keys.versions(image.id) });
  }
  for (const id of changes.removed) cache.removeQueries({ queryKey: keys.image(id), exact: true });
}

/** Reads one image again, for its links have expired. */
export async function refreshImage(cache: QueryClient, id: string): Promise<void> {
  const image = await data(api.GET('/images/{image_id}', { params: { path: { image_id: id } } }));
  bringIn(cache, { images: [image], removed: [] });
}
