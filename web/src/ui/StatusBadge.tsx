import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import type { Status } from '../api/client';
import { text } from '../messages';

const TYPES: Readonly<Record<Status, StatusIndicatorProps.Type>> = {
  pending: 'pending',
  queued: 'pending',
  processing: 'in-progress',
  retrying: 'pending',
  complete: 'success',
  failed: 'error',
  cancelled: 'stopped',
};

export function StatusBadge({ status }: { status: Status }) {
  return <StatusIndicator type={TYPES[status]}>{text.library.statuses[status]}</StatusIndicator>;
}
