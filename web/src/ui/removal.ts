import { ApiError } from '../api/errors';

const AT_ONCE = 5;

export interface Removed {
  gone: number;
  /** Each refusal, of one image after the other. */
  refusals: readonly unknown[];
}

/** An error that is about one image, so that the others may be tried. */
const isOfOne = (error: unknown): boolean => error instanceof ApiError && (error.status === 404 || error.status === 409);

/**
 * Removes all, a few at the same time. An image that is refused stays, and the others go; an error that is not about
 * an image ends it. Settled once nothing is being asked for any more.
 */
export async function removeAll(
  ids: readonly string[],
  remove: (id: string) => Promise<unknown>,
  onGone: (id: string) => void,
): Promise<Removed> {
  const queue = [...ids];
  const refusals: unknown[] = [];
  let gone = 0;
  const work = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      try {
        await remove(id);
        gone += 1;
        onGone(id);
      } catch (error) {
        refusals.push(error);
        if (!isOfOne(error)) queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { gone, refusals };
}
