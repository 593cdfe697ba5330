import { describe, expect, it } from 'vitest';

import { contested, edited, isEdited, rebased, unsettled, type Metadata } from './draft';

const before: Metadata = {
  title: 'Bridge',
  altText: 'A bridge',
  caption: '',
  description: '',
  tags: ['bridge'],
  decorative: false,
  language: 'en',
};

describe('a draft', () => {
  it('sends only what was changed', () => {
    expect(edited(before, { ...before, title: 'Old bridge', tags: ['bridge', 'river'] })).toEqual({
      title: 'Old bridge',
      tags: ['bridge', 'river'],
    });
    expect(isEdited(before, { ...before, tags: ['bridge'] })).toBe(false);
  });

  it('sends a field that was emptied', () => {
    expect(edited(before, { ...before, title: '' })).toEqual({ title: '' });
  });

  it('keeps what was typed when newer texts arrive, and takes the rest of them', () => {
    const newer = { ...before, title: 'Stone bridge', caption: 'In the fog' };
    expect(rebased(before, { ...before, altText: 'Mine' }, newer)).toEqual({ ...newer, altText: 'Mine' });
  });

  it('knows what both sides changed', () => {
    const mine = { ...before, title: 'Mine', caption: 'Same', altText: 'Mine alone' };
    const newer = { ...before, title: 'Theirs', caption: 'Same', description: 'Theirs alone' };
    expect(contested([], before, mine, newer)).toEqual(['title']);
  });

  it('does not forget a conflict over a version that changes something else', () => {
    const mine = { ...before, title: 'Mine' };
    const second = { ...before, title: 'Theirs' };
    const third = { ...second, caption: 'In the fog' };
    const first = contested([], before, mine, second);
    const later = contested(first, second, rebased(before, mine, second), third);
    expect(later).toEqual(['title']);
    expect(unsettled(later, { ...third, title: 'Theirs' }, third)).toEqual([]);
  });

  it('has no conflict left where the other side came round', () => {
    const mine = { ...before, title: 'Mine' };
    const second = { ...before, title: 'Theirs' };
    expect(contested(['title'], second, mine, { ...second, title: 'Mine' })).toEqual([]);
  });
});
