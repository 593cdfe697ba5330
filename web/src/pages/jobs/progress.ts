/** What a job's figures come to. Pure. */
import type { Job, Wish } from './queries';

type JobStatus = Job['status'];

const MOVING: ReadonlySet<JobStatus> = new Set(['estimating', 'running', 'retrying', 'finishing', 'cancelling', 'undoing']);
const PAUSABLE: ReadonlySet<JobStatus> = new Set(['estimating', 'running', 'retrying', 'quota_exhausted']);
const RESUMABLE: ReadonlySet<JobStatus> = new Set(['paused', 'quota_exhausted']);
const CANCELLABLE: ReadonlySet<JobStatus> = new Set([...PAUSABLE, 'paused', 'finishing']);
const ENDED: ReadonlySet<JobStatus> = new Set(['complete', 'cancelled']);

/** Whether the job changes without anybody doing something. */
export const isMoving = (status: JobStatus): boolean => MOVING.has(status);

/** Whether the API will do this to the job as it is. */
export function allows({ status, counters }: Pick<Job, 'status' | 'counters'>, wish: Wish): boolean {
  switch (wish) {
    case 'pause':
      return PAUSABLE.has(status);
    case 'resume':
      return RESUMABLE.has(status);
    case 'cancel':
      return CANCELLABLE.has(status);
    case 'retry-failed':
      return ENDED.has(status) && counters.failed > 0;
    case 'undo':
      return ENDED.has(status) && counters.done > 0;
  }
}

/** What these take up begins anew, although its images have ended before. */
const ANEW: ReadonlySet<JobStatus> = new Set(['retrying', 'undoing', 'undone']);

export interface Progress {
  /** Images with an ending of whatever kind, or that a retry or an undo is through with, of `total`. */
  ended: number;
  total: number;
  /** From 0 to 100. */
  percent: number;
  /** Images per second since the job was last started; null until the first has ended. */
  rate: number | null;
}

type Figures = Pick<Job, 'status' | 'counters' | 'progress' | 'etaSeconds'>;

/**
 * The API's `etaSeconds` is what is left at the pace so far, which gives the pace back; before the first image has
 * ended it is a guess from the estimate, and no pace at all.
 */
export function progressOf({ status, counters, progress, etaSeconds }: Figures): Progress {
  const { done, failed, skipped, cancelled, inFlight, waiting } = counters;
  const isAnew = ANEW.has(status);
  const total = isAnew ? progress.total : counters.total;
  const ended = isAnew ? progress.done : done + failed + skipped + cancelled;
  const left = isAnew ? total - ended : inFlight + waiting;
  const isPaced = etaSeconds !== null && etaSeconds > 0 && (isAnew ? ended > 0 : done + failed > 0);
  return {
    ended,
    total,
    // Rounded down: 100 is what is finished.
    percent: total ? Math.floor((ended / total) * 100) : 100,
    rate: isPaced ? left / etaSeconds : null,
  };
}
