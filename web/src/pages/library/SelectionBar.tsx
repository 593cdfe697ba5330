import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense, useState } from 'react';
import { useNavigate } from 'react-router';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import { useIsNarrow } from '../../ui/useIsNarrow';
import { MOST_CHOSEN, type Selection } from './selection';

const DeleteDialog = lazy(() => import('../../ui/DeleteDialog'));
const RegenerateDialog = lazy(() => import('../../regenerate/RegenerateDialog'));

const messages = text.library.selection;

interface Props {
  images: readonly ImageView[];
  selection: Selection;
}

/** What can be done with the images that are selected; stands at the bottom while there are some. */
export function SelectionBar({ images, selection }: Props) {
  const [dialog, setDialog] = useState<'regenerate' | 'delete'>();
  const ids = [...selection.ids];
  const close = () => setDialog(undefined);
  return (
    <>
      {ids.length > 0 && (
        <div className="selection" role="region" aria-label={messages.count(ids.length)}>
          <span role="status">{messages.count(ids.length)}</span>
          <Actions ids={ids} isAll={ids.length === images.length} selection={selection} onAsk={setDialog} />
        </div>
      )}
      <Suspense>
        {dialog === 'regenerate' && <RegenerateDialog ids={ids} onClose={close} onStarted={selection.clear} />}
        {dialog === 'delete' && <DeleteDialog ids={ids} onClose={close} />}
      </Suspense>
    </>
  );
}

interface ActionsProps {
  ids: string[];
  isAll: boolean;
  selection: Selection;
  onAsk: (dialog: 'regenerate' | 'delete') => void;
}

function Actions({ ids, isAll, selection, onAsk }: ActionsProps) {
  const isNarrow = useIsNarrow();
  const isTooMuch = ids.length > MOST_CHOSEN;
  const disabledReason = messages.tooMuch(MOST_CHOSEN);
  return (
    <SpaceBetween direction="horizontal" size={isNarrow ? 'xxs' : 'xs'}>
      {!isNarrow && (
        <Button variant="link" onClick={selection.all} disabled={isAll}>
          {messages.all}
        </Button>
      )}
      {isNarrow ? (
        <Button iconName="close" ariaLabel={messages.clear} onClick={selection.clear} />
      ) : (
        <Button variant="link" onClick={selection.clear}>
          {messages.clear}
        </Button>
      )}
      <Button iconName="remove" ariaLabel={messages.delete} onClick={() => onAsk('delete')}>
        {!isNarrow && messages.delete}
      </Button>
      <More ids={ids} isTooMuch={isTooMuch} onAll={isNarrow && !isAll ? selection.all : null} />
      <Button
        variant="primary"
        iconName="gen-ai"
        disabled={isTooMuch}
        disabledReason={disabledReason}
        onClick={() => onAsk('regenerate')}
      >
        {messages.regenerate}
      </Button>
    </SpaceBetween>
  );
}

const ALL = 'all';

interface MoreProps {
  ids: string[];
  isTooMuch: boolean;
  /** Where there is no room for a button of its own. */
  onAll: (() => void) | null;
}

function More({ ids, isTooMuch, onAll }: MoreProps) {
  const navigate = useNavigate();
  const jobLimit = isTooMuch && { disabled: true, disabledReason: messages.tooMuch(MOST_CHOSEN) };
  return (
    <ButtonDropdown
      expandToViewport
      items={[
        ...(onAll ? [{ id: ALL, text: messages.all }] : []),
        { id: '/jobs/new', text: messages.job, ...jobLimit },
        { id: '/studio', text: messages.studio },
      ]}
      onItemClick={({ detail }) => (detail.id === ALL ? onAll?.() : void navigate(detail.id, { state: { ids } }))}
    >
      {messages.more}
    </ButtonDropdown>
  );
}
