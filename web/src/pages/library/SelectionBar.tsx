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
  const isNarrow = useIsNarrow();
  const [dialog, setDialog] = useState<'regenerate' | 'delete'>();
  const ids = [...selection.ids];
  const isTooMuch = ids.length > MOST_CHOSEN;
  const disabledReason = messages.tooMuch(MOST_CHOSEN);
  const navigate = useNavigate();
  const close = () => setDialog(undefined);
  return (
    <>
      {ids.length > 0 && (
        <div className="selection" role="region" aria-label={messages.count(ids.length)}>
          <span role="status">{messages.count(ids.length)}</span>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={selection.all} disabled={ids.length === images.length}>
              {messages.all}
            </Button>
            <Button variant="link" onClick={selection.clear}>
              {messages.clear}
            </Button>
            <Button iconName="remove" ariaLabel={messages.delete} onClick={() => setDialog('delete')}>
              {!isNarrow && messages.delete}
            </Button>
            <ButtonDropdown
              expandToViewport
              items={[
                { id: '/jobs/new', text: messages.job, ...(isTooMuch && { disabled: true, disabledReason }) },
                { id: '/studio', text: messages.studio },
              ]}
              onItemClick={({ detail }) => void navigate(detail.id, { state: { ids } })}
            >
              {messages.more}
            </ButtonDropdown>
            <Button
              variant="primary"
              iconName="gen-ai"
              disabled={isTooMuch}
              disabledReason={disabledReason}
              onClick={() => setDialog('regenerate')}
            >
              {messages.regenerate}
            </Button>
          </SpaceBetween>
        </div>
      )}
      <Suspense>
        {dialog === 'regenerate' && <RegenerateDialog ids={ids} onClose={close} onStarted={selection.clear} />}
        {dialog === 'delete' && <DeleteDialog ids={ids} onClose={close} />}
      </Suspense>
    </>
  );
}
