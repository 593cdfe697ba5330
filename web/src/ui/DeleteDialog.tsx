import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, data } from '../api/client';
import { bringIn } from '../live/effects';
import { text } from '../messages';
import { useNotices } from './notices';
import { removeAll } from './removal';
import { sentence } from './sentence';

const messages = text.library.remove;

interface Props {
  ids: readonly string[];
  onClose: () => void;
  onDeleted?: () => void;
}

export default function DeleteDialog({ ids: chosen, onClose, onDeleted }: Props) {
  // What was asked about, while the selection shrinks with each image that goes.
  const [ids] = useState(chosen);
  const cache = useQueryClient();
  const notices = useNotices();
  const removal = useMutation({
    mutationFn: () =>
      removeAll(
        ids,
        (id) => data(api.DELETE('/images/{image_id}', { params: { path: { image_id: id } } })),
        (id) => bringIn(cache, { images: [], removed: [id] }),
      ),
    onSuccess: ({ gone, refusals }) => {
      const [refusal] = refusals;
      if (gone > 0) notices.success(messages.done(gone));
      if (refusal !== undefined && ids.length === 1) notices.error(refusal);
      else if (refusal !== undefined) notices.warning(messages.kept(ids.length - gone, sentence(refusal)));
      if (gone === ids.length) onDeleted?.();
      onClose();
    },
  });
  return (
    <Modal
      visible
      // Not away while images go: what becomes of them is told here.
      onDismiss={() => !removal.isPending && onClose()}
      header={messages.title(ids.length)}
      closeAriaLabel={text.common.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={removal.isPending} onClick={onClose}>
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
