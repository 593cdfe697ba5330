import { expect, it } from 'vitest';

import { DECIDED, leaves } from './leaving';

const place = (address: string, state: unknown = null) => {
  const { pathname, search } = new URL(address, 'https://gloss.example');
  return { pathname, search, state };
};

it('asks on the way to another page or another part of it', () => {
  expect(leaves(place('/images/a'), place('/'))).toBe(true);
  expect(leaves(place('/settings?tab=ai'), place('/settings?tab=texts'))).toBe(true);
});

it('does not ask for a jump within the page, nor again after an answer', () => {
  expect(leaves(place('/images/a'), place('/images/a#content'))).toBe(false);
  expect(leaves(place('/images/a'), place('/', DECIDED))).toBe(false);
});
