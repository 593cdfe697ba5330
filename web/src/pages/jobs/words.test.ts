import { expect, it } from 'vitest';

import { describeSelection } from './words';

it('names what a job is about, then what narrows it down', () => {
  expect(describeSelection({})).toBe('The whole library');
  expect(describeSelection({ ids: 1 })).toBe('One chosen image');
  expect(describeSelection({ ids: 1200 })).toBe('1,200 chosen images');
  expect(describeSelection({ missing: ['title', 'altText'] })).toBe('Images without title and alt text');
  expect(describeSelection({ missing: [] })).toBe('Images that were never described');
  expect(describeSelection({ status: 'failed', prefix: 'DSC', limit: 50 })).toBe(
    'Images that failed, file name begins with “DSC”, at most 50',
  );
});

it('tells a search from the whole library, with all that narrows it down', () => {
  expect(describeSelection({ query: 'old boats', tags: ['sea', 'harbor'], color: '4682b4', limit: 50 })).toBe(
    'Images found by “old boats”, tagged sea and harbor, with the color #4682b4, at most 50',
  );
  expect(describeSelection({ query: 'boats', status: 'failed', missing: ['tags'] })).toBe(
    'Images found by “boats”, status “Failed”, without tags',
  );
});

it.each([
  [{ source: 'dropbox' }, 'Images, from Dropbox'],
  [{ provider: 'heuristic' }, 'Images, texts by Without AI'],
  [{ modelOtherThan: 'gpt-5' }, 'Images, texts by another model than gpt-5'],
  [{ promptVersionBelow: 3 }, 'Images, texts by a prompt older than version 3'],
  [{ updatedBefore: '2026-11-20T12:00:00Z' }, 'Images, unchanged since Nov 20, 2026'],
  [{ status: 'cancelled' }, 'Images, status “Cancelled”'],
  [{ language: 'de' }, 'Images, texts in German'],
])('does not call %j the whole library', (selection, name) => {
  expect(describeSelection(selection)).toBe(name);
});
