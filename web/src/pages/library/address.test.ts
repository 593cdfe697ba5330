import { describe, expect, it } from 'vitest';

import type { ImageView } from '../../api/client';
import { isSearch, jobOf, parametersOf, viewOf } from './address';

const read = (address: string) => viewOf(new URLSearchParams(address));

describe('the view in an address', () => {
  it('survives the way there and back', () => {
    const view = { q: 'boats & sails', color: '4682b4', tag: 'sea', status: 'complete', missing: 'altText' } as const;
    const narrowed = { ...view, language: 'de-CH', source: 'dropbox', from: '2026-11-01', until: '2026-11-20' } as const;
    expect(viewOf(parametersOf(narrowed))).toEqual(narrowed);
    expect(viewOf(parametersOf(view))).toEqual(view);
  });

  it('knows nothing of what is not a color, a status or a field', () => {
    expect(Object.values(read('q=%20&color=red&status=done&missing=camera&language=1&source=ftp&from=2026-13-40&until=today')).filter(Boolean)).toEqual([]);
  });

  it('is a search only where there is something to look for', () => {
    expect([read('q=boat'), read('color=ffffff'), read('tag=sea')].map(isSearch)).toEqual([true, true, true]);
    expect([read(''), read('status=failed'), read('missing=tags')].map(isSearch)).toEqual([false, false, false]);
  });
});

describe('a job about what is shown', () => {
  const images = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `image-${index}` }) as ImageView);
  const job = (address: string, count = 3, hasMore = false) => jobOf(read(address), images(count), hasMore);

  it('takes the filters of a list as they are, however long it is', () => {
    expect(job('status=failed', 3, true)).toEqual({ to: '/jobs/new?status=failed' });
    expect(job('missing=tags&status=complete')).toEqual({ to: '/jobs/new?status=complete&missing=tags' });
  });

  it('asks again what was searched for, for as many images as are shown', () => {
    expect(job('q=old boats&tag=sea&color=4682b4&from=2026-11-01', 50, true)).toEqual({
      to: '/jobs/new?color=4682b4&from=2026-11-01&query=old+boats&tags=sea&limit=50',
    });
    expect(job('tag=sea')).toEqual({ to: '/jobs/new?query=sea&tags=sea&limit=3' });
  });

  it('names the images that a color alone has found, where they are all known and not too many', () => {
    expect(job('color=4682b4', 2)).toEqual({ to: '/jobs/new', state: { ids: ['image-0', 'image-1'] } });
    expect(job('color=4682b4', 2, true)).toBeNull();
    expect(job('color=4682b4', 1001)).toBeNull();
  });
});
