import { expect, it } from 'vitest';

import type { ImageView } from '../api/client';
import { altTextOf, whyNoRun } from './images';

const image = (metadata: Partial<ImageView['metadata']>, status: ImageView['status'] = 'complete') =>
  ({ metadata: { altText: '', decorative: false, ...metadata }, status }) as ImageView;

it('says of a decorative image that it needs no alt text, in every list', () => {
  expect(altTextOf(image({ decorative: true, altText: 'A line' }))).toBe('Decorative: screen readers skip it');
  expect(altTextOf(image({ altText: 'A bridge' }))).toBe('A bridge');
  expect(altTextOf(image({}))).toBeNull();
});

it('says why an image cannot be regenerated, each for its own reason', () => {
  expect(whyNoRun(image({}, 'complete'))).toBeNull();
  expect(whyNoRun(image({}, 'failed'))).toBeNull();
  expect(whyNoRun(image({}, 'processing'))).toContain('being processed');
  expect(whyNoRun(image({}, 'pending'))).toContain('not arrived');
  expect(whyNoRun(image({}, 'cancelled'))).toContain('cancelled');
});
