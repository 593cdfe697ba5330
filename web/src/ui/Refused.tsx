import Alert from '@cloudscape-design/components/alert';

import { text } from '../messages';
import { upgradeOffer } from './notices';
import { sentence } from './sentence';

/** What could not be read, in the place where it would stand. */
export function Refused({ error, header = text.common.errors.title }: { error: unknown; header?: string }) {
  return (
    <Alert type="error" header={header} action={upgradeOffer(error)}>
      {sentence(error)}
    </Alert>
  );
}
