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
