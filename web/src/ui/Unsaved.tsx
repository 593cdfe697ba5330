import { useEffect } from 'react';
import { useBlocker } from 'react-router';

import { text } from '../messages';
import { Confirm } from './Confirm';
import { leaves } from './leaving';

const messages = text.common.unsaved;

/** Asks before somebody leaves what they have typed and not saved. One at a time on a page. */
export function Unsaved({ isEdited }: { isEdited: boolean }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => isEdited && leaves(currentLocation, nextLocation));
  useEffect(() => {
    if (!isEdited) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isEdited]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Confirm title={messages.title} yes={messages.leave} no={messages.stay} isPending={false} onYes={blocker.proceed} onNo={blocker.reset}>
      {messages.text}
    </Confirm>
  );
}
