import { describe, expect, it } from 'vitest';

import type { Schemas } from '../../api/client';
import { withoutEstimates } from './queries';

const page = (next: string | null, ...dryRuns: boolean[]) =>
  ({ jobs: dryRuns.map((dryRun, index) => ({ id: `${index}`, dryRun })), next }) as Schemas['JobPage'];

describe('withoutEstimates', () => {
  const pages: Record<string, Schemas['JobPage']> = {
    first: page('second', true, true),
    second: page('third', true),
    third: page('fourth', true, false),
    fourth: page(null, true),
  };
  const asked: string[] = [];
  const read = (cursor: string | null) => {
    asked.push(cursor ?? 'first');
    return Promise.resolve(pages[cursor ?? 'first'] ?? page(null));
  };

  it('passes over pages of nothing but estimates', async () => {
    const found = await withoutEstimates(read, null);
    expect(found.jobs.map(({ id }) => id)).toEqual(['1']);
    expect(found.next).toBe('fourth');
    expect(asked).toEqual(['first', 'second', 'third']);
  });

  it('is empty only at the end of all jobs', async () => {
    expect(await withoutEstimates(read, 'fourth')).toMatchObject({ jobs: [], next: null });
  });
});
