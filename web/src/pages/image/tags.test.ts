import { expect, it } from 'vitest';

import { withTags } from './tags';

it('adds what was typed, several with commas, none twice', () => {
  expect(withTags(['sea'], ' boat , Sea,, harbour ')).toEqual(['sea', 'boat', 'harbour']);
});

it('keeps to what the API takes', () => {
  expect(withTags([], 'x'.repeat(80))).toEqual(['x'.repeat(64)]);
  expect(withTags([], Array.from({ length: 60 }, (_, index) => `tag${index}`).join(','))).toHaveLength(50);
});
