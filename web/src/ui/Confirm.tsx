import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { text } from '../messages';

interface Props {
  title: string;
  yes: string;
  no?: string;
  isPending: boolean;
  onYes: () => void;
  onNo: () => void;
  children: ReactNode;
}

/** Asks before something that is not easily taken back. */
export function Confirm({ title, yes, no = text.common.cancel, isPending, onYes, onNo, children }: Props) {
  return (
    <Modal
      visible
      header={title}
      onDismiss={onNo}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onNo}>
              {no}
            </Button>
            <Button variant="primary" loading={isPending} onClick={onYes}>
              {yes}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
