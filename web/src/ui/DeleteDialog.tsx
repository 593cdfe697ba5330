import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, data } from '../api/client';
import { bringIn } from '../live/effects';
import { text } from '../messages';
import { useNotices } from './notices';

const messages = text.library.remove;
const AT_ONCE = 5;

interface Props {
  ids: readonly string[];
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteDialog({ ids, onClose, onDeleted }: Props) {
  const cache = useQueryClient();
  const notices = useNotices();
  const removal = useMutation({
    mutationFn: () => deleteAll(ids, (id) => bringIn(cache, { images: [], removed: [id] })),
    onSuccess: () => {
      notices.success(messages.done(ids.length));
      onDeleted?.();
    },
    onError: notices.error,
    onSettled: onClose,
  });
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={messages.title(ids.length)}
      closeAriaLabel={text.common.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.common.cancel}
            </Button>
            <Button variant="primary" loading={removal.isPending} onClick={() => removal.mutate()}>
              {text.common.delete}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {messages.text}
    </Modal>
  );
}

/** A few at the same time; the first refusal ends it, and what is gone by then is gone. */
async function deleteAll(ids: readonly string[], onGone: (id: string) => void): Promise<void> {
  const queue = [...ids];
  const work = async () => {
    for (let id = queue.pop(); id; id = queue.pop()) {
      await data(api.DELETE('/images/{image_id}', { params: { path: { image_id: id } } }));
      onGone(id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
