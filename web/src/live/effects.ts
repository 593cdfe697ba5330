/** What an event does to the cache. A page subscribes to nothing: it uses the queries of `api/queries.ts`. */
import type { QueryClient } from '@tanstack/react-query';

import { api, data, type ImageView, type Schemas } from '../api/client';
import { keys } from '../api/queries';
import { patched, patchedHits, withKeptLinks, type Changes, type HitPages, type ImagePages } from './images';
import type { Heard, LiveEvent } from './sequence';

const TOGETHER_MS = 250;
const PAGE = 100;
/** Lists may have been read this long before the socket was open. */
const BEFORE_MS = 60_000;

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

export class LiveEffects {
  private since = new Date().toISOString();
  private timer: number | undefined;
  private running = false;
  private again = false;

  constructor(private readonly cache: QueryClient) {}

  heard({ events, missed, from }: Heard): void {
    if (from) this.since = new Date(Date.parse(from) - BEFORE_MS).toISOString();
    if (missed) void this.cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.images[0] });
    for (const type of new Set(events.map((event) => event.type))) {
      for (const queryKey of REFRESHED[type] ?? []) void this.cache.invalidateQueries({ queryKey });
    }
    if (from || missed || events.some(({ type }) => type === 'image' || type === 'image.removed')) this.soon();
  }

  close(): void {
    window.clearTimeout(this.timer);
  }

  /** Many events come at once; one question answers all of them. */
  private soon(): void {
    this.timer ??= window.setTimeout(() => {
      this.timer = undefined;
      void this.catchUp();
    }, TOGETHER_MS);
  }

  private async catchUp(): Promise<void> {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    try {
      await this.askForChanges();
    } catch {
      // The next event, or the next hello, asks again from the same moment.
      this.again = false;
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
      const query = { since: this.since, limit: PAGE, ...(cursor && { cursor }) };
      const page: Schemas['ImagePage'] = await data(api.GET('/images', { params: { query } }));
      bringIn(this.cache, { images: page.images, removed: page.removed ?? [] });
      const last = page.images.at(-1);
      cursor = page.next;
      if (!cursor && last) this.since = last.updatedAt;
    } while (cursor);
  }
}

/** Brings changed images into every cached answer that holds them. */
export function bringIn(cache: QueryClient, changes: Changes, now = Date.now()): void {
  for (const [queryKey] of cache.getQueriesData<ImagePages>({ queryKey: keys.images })) {
    const takes = belongs(queryKey[1] as ListFilter);
    cache.setQueryData<ImagePages>(queryKey, (list) => list && patched(list, changes, takes, now));
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
