import { describe, expect, it } from 'vitest';

import { isSearch, parametersOf, viewOf } from './address';

const read = (address: string) => viewOf(new URLSearchParams(address));

describe('the view in an address', () => {
  it('survives the way there and back', () => {
    const view = { q: 'boats & sails', color: '4682b4', tag: 'sea', status: 'complete', missing: 'altText' } as const;
    expect(viewOf(parametersOf(view))).toEqual(view);
  });

  it('knows nothing of what is not a colour, a status or a field', () => {
    expect(Object.values(read('q=%20&color=red&status=done&missing=camera')).filter(Boolean)).toEqual([]);
  });

  it('is a search only where there is something to look for', () => {
    expect([read('q=boat'), read('color=ffffff'), read('tag=sea')].map(isSearch)).toEqual([true, true, true]);
    expect([read(''), read('status=failed'), read('missing=tags')].map(isSearch)).toEqual([false, false, false]);
  });
});
