import Button from '@cloudscape-design/components/button';
import { useState } from 'react';

import { Confirm } from '../../ui/Confirm';
import { useNotices } from '../../ui/notices';
import { useSecret } from './useSecret';

interface Props {
  label: string;
  title: string;
  explanation: string;
  said: string;
  remove: () => Promise<unknown>;
}

/** A button that forgets something, once that is confirmed. */
export function Removal({ label, title, explanation, said, remove }: Props) {
  const notices = useNotices();
  const [isAsked, setAsked] = useState(false);
  const { mutate, isPending } = useSecret(remove, said, () => setAsked(false));
  return (
    <>
      <Button onClick={() => setAsked(true)}>{label}</Button>
      {isAsked && (
        <Confirm
          title={title}
          yes={label}
          isPending={isPending}
          onYes={() => mutate(undefined, { onError: (error) => notices.error(error) })}
          onNo={() => setAsked(false)}
        >
          {explanation}
        </Confirm>
      )}
    </>
  );
}
