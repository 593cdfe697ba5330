import { describe, expect, it } from 'vitest';

import {
  addressFault,
  aiOf,
  aiPreferencesOf,
  areFit,
  isAmount,
  isWhole,
  linesOf,
  MOST_ADDRESSES,
  preferencesOf,
  scheduleOf,
  schedulePreferencesOf,
  textsOf,
  withPolicy,
} from './drafts';
import type { Settings } from './queries';

const nothing: Settings = {
  version: 0,
  context: { keywords: [], avoid: [], vocabulary: [] },
  detail: 'low',
  fallback: false,
  policy: 'keep_human',
  providerKeys: [],
  sources: [],
  webhook: null,
  scheduled: null,
};

const context = {
  brand: 'Harbour Museum',
  audience: null,
  tone: null,
  language: 'de',
  keywords: ['harbour', 'old town'],
  avoid: [],
  vocabulary: ['ship'],
};

describe('texts', () => {
  it('come back as they were read', () => {
    const settings: Settings = { ...nothing, context, policy: 'only_empty', policies: { tags: 'always' } };
    expect(preferencesOf(textsOf(settings))).toEqual({ context, policy: 'only_empty', policies: { tags: 'always' } });
  });

  it('leave out what is blank', () => {
    const draft = { ...textsOf(nothing), brand: '  ', keywords: ' one \n\n two\n' };
    expect(preferencesOf(draft).context).toMatchObject({ brand: null, keywords: ['one', 'two'] });
  });

  it('have a rule of their own until it is taken away', () => {
    const policies = withPolicy({ tags: 'always' }, 'title', 'only_empty');
    expect(policies).toEqual({ tags: 'always', title: 'only_empty' });
    expect(withPolicy(policies, 'tags', null)).toEqual({ title: 'only_empty' });
  });

  it('have lists that the API takes', () => {
    expect(linesOf('a\r\nb')).toEqual(['a', 'b']);
    expect(areFit('x\n'.repeat(50), 'keywords')).toBe(true);
    expect(areFit('x\n'.repeat(51), 'keywords')).toBe(false);
    expect(areFit('x\n'.repeat(51), 'vocabulary')).toBe(true);
    expect(areFit('x'.repeat(61), 'avoid')).toBe(false);
  });
});

describe('the AI provider', () => {
  it('comes back as it was read', () => {
    const settings: Settings = { ...nothing, provider: 'openai', model: 'gpt-5', detail: 'high', fallback: true, monthlyCapUsd: 12.5 };
    const { provider, model, detail, fallback, monthlyCapUsd } = settings;
    expect(aiPreferencesOf(aiOf(settings))).toEqual({ provider, model, detail, fallback, monthlyCapUsd });
  });

  it('has no model without a provider', () => {
    expect(aiPreferencesOf({ ...aiOf(nothing), model: 'gpt-5' }).model).toBeNull();
  });

  it('takes amounts of money', () => {
    expect(['', '0', '50', '12.5', '12.50'].every(isAmount)).toBe(true);
    expect(['-1', '1.234', '1e3', 'ten', '1.'].some(isAmount)).toBe(false);
  });
});

describe('the schedule', () => {
  it('comes back as it was read, and goes when it is turned off', () => {
    const schedule = { every: 'daily', hour: 23, weekday: 'friday', work: 'if_better', minAgeDays: 90, maxCredits: 20 } as const;
    const draft = scheduleOf({ ...nothing, schedule });
    expect(schedulePreferencesOf(draft)).toEqual({ schedule });
    expect(schedulePreferencesOf({ ...draft, isOn: false })).toEqual({ schedule: null });
  });

  it('takes whole numbers within bounds', () => {
    expect(isWhole('23', 0, 23)).toBe(true);
    expect(['24', '-1', '1.5', ''].some((typed) => isWhole(typed, 0, 23))).toBe(false);
  });
});

it('takes addresses that can be fetched, and as many as the API does', () => {
  const address = 'https://example.com/bridge.jpg';
  expect(addressFault(linesOf(` ${address} \n\n${address}?2`))).toBeNull();
  expect(addressFault(linesOf(' \n'))).toBe('none');
  expect(addressFault(['example.com/bridge.jpg'])).toBe('form');
  expect(addressFault([`${address} ${address}`])).toBe('form');
  expect(addressFault(Array.from({ length: MOST_ADDRESSES + 1 }, () => address))).toBe('many');
});
