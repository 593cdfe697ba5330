import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { text } from '../messages';
import { paysOwn, requestOf, type Choices } from './request';

const OPEN: Choices = { provider: null, language: null, policy: null };

it('says nothing of what was left open', () => {
  expect(requestOf(OPEN)).toEqual({ force: false });
  expect(requestOf({ provider: 'openai', language: 'de', policy: 'always' })).toEqual({
    force: false,
    provider: 'openai',
    language: 'de',
    policy: 'always',
  });
});

describe('the own key', () => {
  const settings = (status: string, provider = 'openai') =>
    ({ provider, providerKeys: [{ provider: 'openai', status }] }) as unknown as Schemas['SettingsView'];

  it('pays where it is that of the provider at work, and is taken', () => {
    expect(paysOwn(OPEN, settings('active'))).toBe(true);
    expect(paysOwn({ ...OPEN, provider: 'bedrock' }, settings('active'))).toBe(false);
    expect(paysOwn(OPEN, settings('refused'))).toBe(false);
    expect(paysOwn(OPEN, undefined)).toBe(false);
  });
});

it('does not say that nothing is left where something is', () => {
  expect(text.regenerate.short(5, 10)).toContain('Only 5 of these 10 images');
  expect(text.regenerate.short(0, 10)).toBe('You have no uploads left this month.');
});
