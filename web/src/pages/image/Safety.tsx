import Alert from '@cloudscape-design/components/alert';

import { text } from '../../messages';
import { list, spoken } from '../../messages/format';

const messages = text.image.safety;

/** What the model that saw the picture wants somebody to know before they use it. */
export function Safety({ flags }: { flags: readonly string[] }) {
  if (flags.length === 0) return null;
  return (
    <Alert type="warning" header={messages.title}>
      {messages.text(list(flagNames(flags)))}
    </Alert>
  );
}

export const flagNames = (flags: readonly string[]): string[] => flags.map((flag) => messages.flags[flag] ?? spoken(flag));
