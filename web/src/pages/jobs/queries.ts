import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data, once, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';
import { isMoving } from './progress';

export type Job = Schemas['JobView'];
export type JobItem = Schemas['ItemView'];
export type Outcome = JobItem['outcome'];
export type Wish = 'pause' | 'resume' | 'cancel' | 'retry-failed' | 'undo';

const PAGE = 25;
const ITEMS = 50;

/** Events tell of a job's steps; how its images end is counted at a pace that a person can follow. */
const WATCHED_MS = 1500;

type JobPage = Schemas['JobPage'];

/**
 * A page of jobs that do something. Estimates are jobs to the API; to a person they are a step on the way to one, so
 * that pages of nothing else are passed over.
 */
export async function withoutEstimates(read: (cursor: string | null) => Promise<JobPage>, cursor: string | null): Promise<JobPage> {
  let next = cursor;
  for (;;) {
    const page = await read(next);
    const jobs = page.jobs.filter(({ dryRun }) => !dryRun);
    if (jobs.length > 0 || !page.next) return { ...page, jobs };
    next = page.next;
  }
}

export const jobsQuery = infiniteQueryOptions({
  queryKey: [...keys.jobs, 'list'] as const,
  queryFn: ({ pageParam, signal }) =>
    withoutEstimates((cursor) => data(api.GET('/jobs', { params: { query: { cursor, limit: PAGE } }, signal })), pageParam),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: ({ state }) =>
    state.data?.pages.some(({ jobs }) => jobs.some(({ status }) => isMoving(status))) ? WATCHED_MS * 2 : false,
});

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.jobs, id] as const,
    queryFn: ({ signal }) => data(api.GET('/jobs/{job_id}', { params: { path: { job_id: id } }, signal })),
    refetchInterval: ({ state }) => {
      const job = state.data;
      return job && (isMoving(job.status) || job.counters.inFlight > 0) ? WATCHED_MS : false;
    },
  });

/** Below the job's own key, so that whatever refreshes the job refreshes them. */
export const itemsQuery = (id: string, outcome: Outcome | null, isWatched: boolean) =>
  infiniteQueryOptions({
    queryKey: [...keys.jobs, id, 'items', outcome] as const,
    queryFn: ({ pageParam, signal }) => {
      const query = { outcome, cursor: pageParam, limit: ITEMS };
      return data(api.GET('/jobs/{job_id}/items', { params: { path: { job_id: id }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: isWatched ? WATCHED_MS * 2 : false,
  });

const asked = (id: string) => ({ params: { path: { job_id: id }, header: once() } });

const WISHES: Readonly<Record<Wish, (id: string) => Promise<Job>>> = {
  pause: (id) => data(api.POST('/jobs/{job_id}/pause', asked(id))),
  resume: (id) => data(api.POST('/jobs/{job_id}/resume', asked(id))),
  cancel: (id) => data(api.POST('/jobs/{job_id}/cancel', asked(id))),
  'retry-failed': (id) => data(api.POST('/jobs/{job_id}/retry-failed', asked(id))),
  undo: (id) => data(api.POST('/jobs/{job_id}/undo', asked(id))),
};

export const steer = (id: string, wish: Wish): Promise<Job> => WISHES[wish](id);

export const startJob = (body: Schemas['JobRequest']): Promise<Job> =>
  data(api.POST('/jobs', { params: { header: once() }, body }));
