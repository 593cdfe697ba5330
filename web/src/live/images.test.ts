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
    safety: [],
    facts: {},
    camera: {},
    palette: [],
    links: {},
    ...overrides,
  };
}

const list = (...pages: ImageView[][]): ImagePages => ({
  pages: pages.map((images) => ({ images, removed: [], next: null })),
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
    expect(ids(patched(list([image('c'), image('b')]), changes, everything, NOW))).toEqual([['c', 'b']]);
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
