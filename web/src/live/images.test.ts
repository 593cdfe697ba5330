import { describe, expect, it } from 'vitest';

import type { ImageView } from '../api/client';
import { patched, signedAt, withKeptLinks, type ImagePages } from './images';

const NOW = Date.UTC(2026, 10, 20, 14, 30);
const link = (name: string, stamp: string) => `https://bucket.example/${name}?X-Amz-Date=${stamp}&X-Amz-Signature=1`;

function image(id: string, overrides: Partial<ImageView> = {}): ImageView {
  return {
    id,
    status: 'complete',
    fileName: `${id}.jpg`,
    contentType: 'image/jpeg',
    size: 1,
    createdAt: '',
    updatedAt: '',
    version: 1,
    attempt: 0,
    metadata: { title: id, altText: '', caption: '', description: '', tags: [], decorative: false, language: 'en' },
    provenance: {},
    facts: {},
    camera: {},
    palette: [],
    safety: [],
    links: {},
    ...overrides,
  };
}

const list = (...pages: ImageView[][]): ImagePages => ({
  pages: pages.map((images, index) => ({ images, removed: [], next: index < pages.length - 1 ? 'more' : null })),
  pageParams: pages.map(() => null),
});
/** There is more to read behind the last of them. */
const unfinished = (...pages: ImageView[][]): ImagePages => ({
  pages: pages.map((images) => ({ images, removed: [], next: 'more' })),
  pageParams: pages.map(() => null),
});
const ids = (pages: ImagePages) => pages.pages.map((page) => page.images.map(({ id }) => id));
const everything = () => true;

describe('patched', () => {
  it('replaces what is listed, on whatever page it stands', () => {
    const before = list([image('c'), image('b')], [image('a')]);
    const after = patched(before, { images: [image('a', { version: 2 })], removed: [] }, everything, NOW);
    expect(ids(after)).toEqual([['c', 'b'], ['a']]);
    expect(after.pages[1]?.images[0]?.version).toBe(2);
  });

  it('puts new images in front, the newest first', () => {
    const changes = { images: [image('d'), image('e')], removed: [] };
    expect(ids(patched(list([image('c')]), changes, everything, NOW))).toEqual([['e', 'd', 'c']]);
  });

  it('leaves alone what lies beyond the pages that were read', () => {
    const changes = { images: [image('a', { version: 2 })], removed: [] };
    expect(ids(patched(unfinished([image('c'), image('b')]), changes, everything, NOW))).toEqual([['c', 'b']]);
  });

  it('takes an image that is older than others into a list that it comes to belong to', () => {
    const isComplete = ({ status }: ImageView) => status === 'complete';
    const before = patched(list([image('b')]), { images: [image('a', { status: 'processing' })], removed: [] }, isComplete, NOW);
    expect(ids(before)).toEqual([['b']]);
    expect(ids(patched(before, { images: [image('a')], removed: [] }, isComplete, NOW))).toEqual([['b', 'a']]);
    const empty = list([]);
    expect(ids(patched(empty, { images: [image('a')], removed: [] }, isComplete, NOW))).toEqual([['a']]);
  });

  it('is the same list where what was told is known already', () => {
    const before = list([image('b', { links: { thumbnail: link('thumb', '20261120T142500Z') } })]);
    const told = image('b', { links: { thumbnail: link('thumb', '20261120T143000Z') } });
    expect(patched(before, { images: [told], removed: ['z'] }, everything, NOW)).toBe(before);
    expect(patched(before, { images: [{ ...told, status: 'failed' }], removed: [] }, everything, NOW)).not.toBe(before);
    expect(patched(before, { images: [], removed: ['b'] }, everything, NOW)).not.toBe(before);
  });

  it('puts it on the page where it belongs', () => {
    const pages = unfinished([image('h'), image('f')], [image('d'), image('b')]);
    const changes = { images: ['a', 'c', 'e', 'g', 'i'].map((id) => image(id)), removed: [] };
    expect(ids(patched(pages, changes, everything, NOW))).toEqual([
      ['i', 'h', 'g', 'f'],
      ['e', 'd', 'c', 'b'],
    ]);
  });

  it('takes out what was deleted and what the filter does not let in any more', () => {
    const changes = { images: [image('b', { status: 'failed' })], removed: ['c'] };
    const after = patched(list([image('c'), image('b'), image('a')]), changes, ({ status }) => status === 'complete', NOW);
    expect(ids(after)).toEqual([['a']]);
  });
});

describe('withKeptLinks', () => {
  const old = image('a', { links: { thumbnail: link('thumb', '20261120T142500Z') } });
  const fresh = image('a', { links: { thumbnail: link('thumb', '20261120T143000Z') } });

  it('keeps a young link, so that the picture is not loaded again', () => {
    expect(withKeptLinks(old, fresh, NOW).links).toEqual(old.links);
  });

  it('takes the new one before the old one expires', () => {
    expect(withKeptLinks(old, fresh, NOW + 6 * 60_000).links).toEqual(fresh.links);
  });

  it('takes the new one where it leads elsewhere', () => {
    const moved = image('a', { links: { thumbnail: link('other', '20261120T143000Z') } });
    expect(withKeptLinks(old, moved, NOW).links).toEqual(moved.links);
  });
});

it('reads from a link when it was made', () => {
  expect(signedAt(link('thumb', '20261120T142500Z'))).toBe(Date.UTC(2026, 10, 20, 14, 25));
  expect(signedAt('https://bucket.example/thumb')).toBe(0);
});
