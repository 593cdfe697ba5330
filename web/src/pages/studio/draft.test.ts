import { describe, expect, it } from 'vitest';

import { configurationOf, isTemplateName, MOST_INPUTS, newDraft, requestOf, toggled, withTemplate } from './draft';

describe('requestOf', () => {
  it('names the products, and no wish where there is none', () => {
    const request = requestOf({ ...newDraft(['a', 'b']), wish: '  ' });
    expect(request).toMatchObject({ productImages: ['a', 'b'], model: 'local', customPrompt: null });
  });
});

describe('a template', () => {
  it('gives back what it was made of, and leaves the products', () => {
    const draft = { ...newDraft(['a']), people: ['p'], style: 'vintage', ratio: '9:16', quality: 'high', count: 3, wish: 'sea' } as const;
    const template = { name: 'shop', ...configurationOf(draft) };
    expect(withTemplate(newDraft(['b']), template)).toEqual({ ...draft, products: ['b'] });
  });

  it('has a name that goes into an address', () => {
    expect(['shop', 'Shop-2.a_b', '7'].every(isTemplateName)).toBe(true);
    expect(['', '-shop', 'my shop', 'a/b', 'x'.repeat(61)].some(isTemplateName)).toBe(false);
  });
});

describe('toggled', () => {
  it('adds at the end and takes away', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
    expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  });

  it('never takes more than can be used', () => {
    const full = Array.from({ length: MOST_INPUTS }, (_, number) => String(number));
    expect(toggled(full, 'one more')).toEqual(full);
    expect(newDraft([...full, 'one more']).products).toEqual(full);
  });
});
