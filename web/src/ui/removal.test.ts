import { describe, expect, it } from 'vitest';

import { ApiError } from '../api/errors';
import { removeAll } from './removal';

const busy = new ApiError(409, 'ALREADY_PROCESSING', 'Busy.');
const IDS = Array.from({ length: 20 }, (_, index) => `image-${index}`);

/** Each takes its time, so that several are under way. */
async function removed(refused: Readonly<Record<string, ApiError>>) {
  const asked: string[] = [];
  const gone: string[] = [];
  let open = 0;
  const outcome = await removeAll(
    IDS,
    async (id) => {
      asked.push(id);
      open += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      open -= 1;
      if (refused[id]) throw refused[id];
    },
    (id) => gone.push(id),
  );
  return { ...outcome, asked, listed: gone, open };
}

describe('removeAll', () => {
  it('goes on without an image that is refused, and settles once all have ended', async () => {
    const { asked, gone, listed, refusals, open } = await removed({ 'image-0': busy });
    expect(asked).toEqual(IDS);
    expect(gone).toBe(19);
    expect(new Set(listed)).toEqual(new Set(IDS.slice(1)));
    expect(refusals).toEqual([busy]);
    expect(open).toBe(0);
  });

  it('ends where the API cannot be asked, with nothing under way', async () => {
    const { asked, gone, refusals, open } = await removed({ 'image-2': ApiError.unreachable() });
    expect(asked.length).toBeLessThan(IDS.length);
    expect(refusals).toEqual([ApiError.unreachable()]);
    expect(gone).toBe(asked.length - 1);
    expect(open).toBe(0);
  });
});
