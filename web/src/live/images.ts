/** What changed, brought into the answers that are cached. Pure. */
import type { InfiniteData } from '@tanstack/react-query';

import type { ImageView, Schemas } from '../api/client';

export type ImagePages = InfiniteData<Schemas['ImagePage'], string | null>;
export type HitPages = InfiniteData<Schemas['HitPage'], string | null>;

/** Links are good for 15 minutes. A younger one than this is kept, so that the browser loads nothing again. */
const KEEP_LINKS_MS = 10 * 60_000;

/** The moment at which a presigned link was made (`X-Amz-Date=20261120T141500Z`). */
export function signedAt(link: string): number {
  const stamp = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(link);
  if (!stamp) return 0;
  const [year, month, ...rest] = stamp.slice(1).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, ...rest);
}

const path = (link: string) => link.split('?', 1)[0];

export function withKeptLinks(before: ImageView | undefined, after: ImageView, now: number): ImageView {
  if (!before) return after;
  const links = Object.fromEntries(
    Object.entries(after.links).map(([kind, link]) => {
      const old = before.links[kind];
      const keeps = old && path(old) === path(link) && now - signedAt(old) < KEEP_LINKS_MS;
      return [kind, keeps ? old : link];
    }),
  );
  return { ...after, links };
}

export interface Changes {
  images: readonly ImageView[];
  removed: readonly string[];
}

/**
 * A cached list with the changes in it. Images that are not listed yet are put in front where `takes` says that
 * they belong into this list; the ids sort by time, newest first.
 */
export function patched(
  list: ImagePages,
  changes: Changes,
  takes: (image: ImageView) => boolean,
  now: number,
): ImagePages {
  const changed = new Map(changes.images.map((image) => [image.id, image]));
  const gone = new Set(changes.removed);
  const listed = new Set<string>();
  const pages = list.pages.map((page) => ({
    ...page,
    images: page.images.flatMap((image) => {
      listed.add(image.id);
      if (gone.has(image.id)) return [];
      const after = changed.get(image.id);
      if (!after) return [image];
      return takes(after) ? [withKeptLinks(image, after, now)] : [];
    }),
  }));
  const [first, ...rest] = pages;
  if (!first) return list;
  const newest = first.images[0]?.id ?? '';
  const added = changes.images.filter((image) => !listed.has(image.id) && image.id > newest && takes(image));
  added.sort((one, other) => (one.id < other.id ? 1 : -1));
  return { ...list, pages: [{ ...first, images: [...added, ...first.images] }, ...rest] };
}

/** Found images with the changes in them. Why they were found stays as it was when the search was made. */
export function patchedHits(found: HitPages, changes: Changes, now: number): HitPages {
  const changed = new Map(changes.images.map((image) => [image.id, image]));
  const gone = new Set(changes.removed);
  const pages = found.pages.map((page) => ({
    ...page,
    hits: page.hits
      .filter(({ image }) => !gone.has(image.id))
      .map((hit) => {
        const after = changed.get(hit.image.id);
        return after ? { ...hit, image: withKeptLinks(hit.image, after, now) } : hit;
      }),
  }));
  return { ...found, pages };
}
