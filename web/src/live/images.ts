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

/** The image as it is now, with links that are still good; the very one before where nothing is new. */
export function withKeptLinks(before: ImageView, after: ImageView, now: number): ImageView {
  const links = Object.fromEntries(
    Object.entries(after.links).map(([kind, link]) => {
      const old = before.links[kind];
      const keeps = old && path(old) === path(link) && now - signedAt(old) < KEEP_LINKS_MS;
      return [kind, keeps ? old : link];
    }),
  );
  const isNew = STATE.some((part) => before[part] !== after[part]) || JSON.stringify(links) !== JSON.stringify(before.links);
  return isNew ? { ...after, links } : before;
}

/** Whatever changes in an image, one of these does. */
const STATE = ['updatedAt', 'version', 'status', 'attempt'] as const;

export interface Changes {
  images: readonly ImageView[];
  removed: readonly string[];
}

/**
 * A cached list with the changes in it. The ids sort by time, newest first; an image that is not listed yet and that
 * `takes` lets in gets its place among them. What lies beyond the pages that were read comes with the next page. The
 * list itself where nothing of it changes.
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
  const end = endOf(list);
  const added = changes.images.filter((image) => !listed.has(image.id) && image.id > end && takes(image));
  const after = withAdded(pages, added);
  return isSame(list.pages, after) ? list : { ...list, pages: after };
}

const isSame = (before: ImagePages['pages'], after: ImagePages['pages']): boolean =>
  before.every((page, index) => {
    const images = after[index]?.images;
    return images?.length === page.images.length && page.images.every((image, place) => image === images[place]);
  });

/** The last id that was read, below which more is to come; empty where all was read. */
function endOf({ pages }: ImagePages): string {
  if (!pages.at(-1)?.next) return '';
  return pages.flatMap((page) => page.images).at(-1)?.id ?? '';
}

/** Each of `added` on the first page that ends below it. */
function withAdded(pages: ImagePages['pages'], added: readonly ImageView[]): ImagePages['pages'] {
  if (added.length === 0) return pages;
  const left = new Set(added);
  return pages.map((page, index) => {
    const last = index === pages.length - 1 ? '' : (page.images.at(-1)?.id ?? '~');
    const here = [...left].filter(({ id }) => id > last);
    if (here.length === 0) return page;
    for (const image of here) left.delete(image);
    return { ...page, images: [...page.images, ...here].sort((one, other) => (one.id < other.id ? 1 : -1)) };
  });
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
