import { expect, it } from 'vitest';

import { factsOf, keptOf, standInOf } from './run';

it('tells who wrote the texts, and what it took', () => {
  expect(factsOf({ kind: 'regenerate', provider: 'openai', model: 'gpt-5.4-mini', credits: 1, costUsd: 0.00042, latencyMs: 2340 })).toBe(
    'gpt-5.4-mini · 1 upload · $0.0004 · 2.3 s',
  );
  expect(factsOf({ provider: 'heuristic', credits: 0, costUsd: 0, latencyMs: 0, forced: true })).toBe(
    'Without AI · No uploads · Replaced what people wrote',
  );
  expect(factsOf({})).toBe('');
});

it('says who stood in, and why', () => {
  expect(standInOf({ fallback: { insteadOf: 'openai', code: 'PROVIDER_UNAVAILABLE' } })).toBe('Instead of OpenAI: Provider unavailable');
  expect(standInOf({})).toBeNull();
});

it('names what a policy kept and passes over what nobody wanted to change', () => {
  expect(
    keptOf({
      title: { replaced: false, reason: 'human_text', detail: '' },
      altText: { replaced: true, reason: 'better', detail: '0.4 to 0.9' },
      caption: { replaced: false, reason: 'unchanged', detail: '' },
      tags: { replaced: false, reason: 'not_better', detail: '' },
    }),
  ).toEqual(['Title (a person wrote it)', 'Tags (the new text is no better)']);
  expect(keptOf({})).toEqual([]);
});
