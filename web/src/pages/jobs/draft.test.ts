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

  it('limits the credits of the job, not those of its estimate', () => {
    const limited = { ...draft(), maxCredits: '20' };
    expect(requestOf(limited, false).maxCredits).toBe(20);
    expect(requestOf(limited, true)).not.toHaveProperty('maxCredits');
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
    expect(faultsOf({ ...draft(), qualityBelow: '100', limit: '1', maxCredits: '7' })).toEqual({});
  });
});
