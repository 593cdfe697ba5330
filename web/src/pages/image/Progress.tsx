import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import { isBusy } from '../../ui/images';

const messages = text.image.status;

/** What is happening to the image, where something is: work, a failure with its reason, also where older texts stay,
 * a cancelled upload. */
export function Progress({ image, onRetry }: { image: ImageView; onRetry: () => void }) {
  const { status, failure, retryAt, version } = image;
  if (status === 'failed') {
    return (
      <Alert type="error" header={messages.failed} action={<Button onClick={onRetry}>{messages.retry}</Button>}>
        {failure?.message}
      </Alert>
    );
  }
  if (status === 'complete' && failure) {
    return (
      <Alert type="warning" header={messages.kept} action={<Button onClick={onRetry}>{messages.retry}</Button>}>
        {failure.message}
      </Alert>
    );
  }
  if (status === 'cancelled') return <Alert type="info">{messages.cancelled}</Alert>;
  if (status === 'retrying' && retryAt) return <Alert type="warning">{messages.retrying(retryAt)}</Alert>;
  if (!isBusy(image)) return null;
  return (
    <div role="status">
      <StatusIndicator type="in-progress">
        {status === 'pending' ? text.library.statuses.pending : version > 0 ? messages.processing : messages.first}
      </StatusIndicator>
    </div>
  );
}
