import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import { text } from '../../messages';
import type { Job, JobItem } from './queries';

const STATUSES: Readonly<Record<Job['status'], StatusIndicatorProps.Type>> = {
  estimating: 'in-progress',
  estimated: 'info',
  running: 'in-progress',
  retrying: 'in-progress',
  paused: 'stopped',
  quota_exhausted: 'warning',
  finishing: 'in-progress',
  complete: 'success',
  cancelling: 'in-progress',
  cancelled: 'stopped',
  undoing: 'in-progress',
  undone: 'stopped',
};

const OUTCOMES: Readonly<Record<JobItem['outcome'], StatusIndicatorProps.Type>> = {
  open: 'in-progress',
  done: 'success',
  failed: 'error',
  cancelled: 'stopped',
  skipped: 'info',
};

export function JobStatus({ status }: { status: Job['status'] }) {
  return <StatusIndicator type={STATUSES[status]}>{text.jobs.statuses[status]}</StatusIndicator>;
}

export function OutcomeBadge({ outcome }: { outcome: JobItem['outcome'] }) {
  return <StatusIndicator type={OUTCOMES[outcome]}>{text.jobs.outcomes[outcome]}</StatusIndicator>;
}
