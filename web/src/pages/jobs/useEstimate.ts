import { useMutation, useQuery } from '@tanstack/react-query';

import type { Schemas } from '../../api/client';
import { jobQuery, startJob, type Job } from './queries';

export interface EstimateState {
  /** The dry run, once it has ended. */
  job: Job | null;
  error: unknown;
  isWorking: boolean;
  work: (request: Schemas['JobRequest']) => void;
}

/** A dry run: answered at once for a small library, looked for until it is there for a large one. */
export function useEstimate(): EstimateState {
  const { data: begun, error: refused, mutate, isPending } = useMutation({ mutationFn: startJob });
  const isOpen = begun?.status === 'estimating';
  const { data: followed, error: lost } = useQuery({ ...jobQuery(begun?.id ?? ''), enabled: isOpen });
  const job = isOpen ? followed : begun;
  const error = refused ?? lost;
  const isDone = job?.status === 'estimated';
  return { job: isDone ? job : null, error, isWorking: isPending || !(isDone || error), work: mutate };
}
