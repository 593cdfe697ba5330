import { expect, it } from 'vitest';

import { between } from './selection';

it('takes everything between two images, upwards and downwards', () => {
  expect(between(['a', 'b', 'c', 'd'], 'b', 'd')).toEqual(['b', 'c', 'd']);
  expect(between(['a', 'b', 'c', 'd'], 'd', 'b')).toEqual(['b', 'c', 'd']);
});

it('takes the one alone where the other has gone', () => {
  expect(between(['a', 'b'], 'z', 'b')).toEqual(['b']);
});
