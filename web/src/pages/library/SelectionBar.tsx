import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import { DeleteDialog } from '../../ui/DeleteDialog';
import { RegenerateDialog } from '../../regenerate/RegenerateDialog';
import type { Selection } from './selection';

const messages = text.library.selection;

interface Props {
  images: readonly ImageView[];
  selection: Selection;
}

/** What can be done with the images that are selected; stands at the bottom while there are some. */
export function SelectionBar({ images, selection }: Props) {
  const [dialog, setDialog] = useState<'regenerate' | 'delete'>();
  const ids = [...selection.ids];
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
            <Button iconName="remove" onClick={() => setDialog('delete')}>
              {messages.delete}
            </Button>
            <ButtonDropdown
              expandToViewport
              items={[
                { id: '/jobs/new', text: messages.job },
                { id: '/studio', text: messages.studio },
              ]}
              onItemClick={({ detail }) => void navigate(detail.id, { state: { ids } })}
            >
              {messages.more}
            </ButtonDropdown>
            <Button variant="primary" iconName="gen-ai" onClick={() => setDialog('regenerate')}>
              {messages.regenerate}
            </Button>
          </SpaceBetween>
        </div>
      )}
      {dialog === 'regenerate' && <RegenerateDialog ids={ids} onClose={close} onStarted={selection.clear} />}
      {dialog === 'delete' && <DeleteDialog ids={ids} onClose={close} />}
    </>
  );
}
