import { describe, expect, it } from 'vitest';

import { FIELDS } from '../../messages/en/jobs';
import { faultsOf, newDraft, requestOf } from './draft';

const draft = (query = '', ids: string[] = []) => newDraft(ids, new URLSearchParams(query), FIELDS);

describe('newDraft', () => {
  it('begins with what the page was called for', () => {
    expect(draft('', ['a', 'b'])).toMatchObject({ scope: 'chosen', ids: ['a', 'b'] });
    expect(draft('missing=caption')).toMatchObject({ scope: 'missing', missing: ['caption'] });
    expect(draft('status=failed').scope).toBe('failed');
    expect(draft('missing=nonsense').scope).toBe('all');
  });

  it('takes over what the library was searched for and filtered by', () => {
    const search = 'query=boats&tags=sea,harbor&color=4682b4&language=de&source=dropbox&from=2026-11-01&limit=50&status=complete';
    expect(requestOf(draft(search), true).selection).toEqual({
      offset: 0,
      query: 'boats',
      tags: ['sea', 'harbor'],
      color: '4682b4',
      language: 'de',
      source: 'dropbox',
      status: 'complete',
      createdFrom: new Date(2026, 10, 1).toISOString(),
      limit: 50,
    });
    expect(draft('missing=tags&status=complete')).toMatchObject({ scope: 'missing', status: 'complete' });
    expect(draft('status=pending&source=ftp&from=soon')).toEqual(draft());
  });
});

describe('requestOf', () => {
  it('says nothing of what was left open', () => {
    expect(requestOf(draft(), true)).toEqual({
      selection: { offset: 0 },
      regenerate: { force: false },
      dryRun: true,
      window: 200,
      autoResume: false,
    });
  });

  it('takes only the selection that is chosen', () => {
    const chosen = { ...draft('', ['a']), scope: 'missing' as const, missing: ['tags' as const] };
    expect(requestOf(chosen, true).selection).toEqual({ offset: 0, missing: ['tags'] });
  });

  it('means whole days, both included, where the reader is', () => {
    const { selection } = requestOf({ ...draft(), from: '2026-02-27', until: '2026-02-28' }, true);
    expect(new Date(selection.createdFrom ?? '')).toEqual(new Date(2026, 1, 27));
    expect(new Date(selection.createdBefore ?? '')).toEqual(new Date(2026, 2, 1));
  });

  it('names chosen images and nothing else, which the API takes for a contradiction', () => {
    const chosen = { ...draft('', ['a']), query: 'boats', limit: '3' };
    expect(requestOf(chosen, true).selection).toEqual({ offset: 0, ids: ['a'] });
  });

  it('limits what the job uses, not what its estimate looks at', () => {
    const limited = { ...draft(), maxCredits: '20', maxCost: '1.50' };
    expect(requestOf(limited, false)).toMatchObject({ maxCredits: 20, maxCostUsd: 1.5 });
    expect(requestOf(limited, true)).not.toHaveProperty('maxCredits');
    expect(requestOf(limited, true)).not.toHaveProperty('maxCostUsd');
  });
});

describe('faultsOf', () => {
  it('finds what cannot be sent', () => {
    expect(faultsOf(draft())).toEqual({});
    expect(faultsOf({ ...draft('missing=tags'), missing: [] })).toEqual({ missing: true });
    expect(faultsOf({ ...draft(), from: '2026-02-02', until: '2026-02-01' })).toEqual({ dates: true });
    expect(faultsOf({ ...draft(), qualityBelow: '101', limit: '0', maxCredits: '1.5' })).toEqual({
      qualityBelow: true,
      limit: true,
      maxCredits: true,
    });
    expect(faultsOf({ ...draft(), qualityBelow: '100', limit: '1', maxCredits: '7', maxCost: '0.05' })).toEqual({});
    expect(faultsOf({ ...draft(), maxCost: '0' })).toEqual({ maxCost: true });
  });

  it('wants words where there are tags or a color', () => {
    expect(faultsOf({ ...draft(), tags: 'sea' })).toEqual({ query: true });
    expect(faultsOf({ ...draft(), color: '#4682b4' })).toEqual({ query: true });
    expect(faultsOf({ ...draft(), query: 'boats', tags: 'sea', color: '#4682B4' })).toEqual({});
    expect(faultsOf({ ...draft(), query: 'boats', tags: 'x'.repeat(65), color: 'blue' })).toEqual({ tags: true, color: true });
  });
});
