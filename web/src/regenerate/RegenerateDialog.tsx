import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys, quotaQuery, settingsQuery } from '../api/queries';
import { refreshImage } from '../live/effects';
import { text } from '../messages';
import { upgradeOffer, useNotices } from '../ui/notices';
import { sentence } from '../ui/sentence';
import { Choice, LANGUAGE_OPTIONS, POLICY_OPTIONS, PROVIDER_OPTIONS } from './choices';
import { paysOwn, requestOf, start, type Choices } from './request';

const messages = text.regenerate;

interface Props {
  ids: readonly string[];
  onClose: () => void;
  onStarted?: () => void;
}

/** Asks before credits are spent: what it costs, what is left, and how it is to be done. */
export function RegenerateDialog({ ids, onClose, onStarted }: Props) {
  const cache = useQueryClient();
  const notices = useNotices();
  const quota = useQuery({ ...quotaQuery, staleTime: 0 }).data?.meters.images;
  const settings = useQuery(settingsQuery).data;
  const [choices, setChoices] = useState<Choices>({ provider: '', language: '', policy: '' });
  const isFree = paysOwn(choices, settings);
  const isExhausted = !isFree && quota !== undefined && quota.remaining < ids.length;
  const regeneration = useMutation({
    mutationFn: () => start(ids, requestOf(choices)),
    onSuccess: async () => {
      const [only, ...others] = ids;
      if (only && others.length === 0) await refreshImage(cache, only);
      void cache.invalidateQueries({ queryKey: keys.quota });
      notices.info(messages.started(ids.length));
      onStarted?.();
      onClose();
    },
  });
  const choose = (name: keyof Choices) => (value: string) => setChoices({ ...choices, [name]: value });
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
              {messages.cancel}
            </Button>
            <Button variant="primary" loading={regeneration.isPending} onClick={() => regeneration.mutate()}>
              {messages.confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>
          <Box>{isFree ? messages.ownKey : messages.cost(ids.length)}</Box>
          <Box color="text-body-secondary">{quota && messages.left(quota.remaining, quota.limit + quota.bonus)}</Box>
        </div>
        {isExhausted && !regeneration.error && <Alert type="warning">{messages.exhausted}</Alert>}
        {regeneration.error && (
          <Alert type="error" action={upgradeOffer(regeneration.error)}>
            {sentence(regeneration.error)}
          </Alert>
        )}
        <ColumnLayout columns={3}>
          <Choice label={messages.provider} options={PROVIDER_OPTIONS} value={choices.provider} onChange={choose('provider')} />
          <Choice label={messages.language} options={LANGUAGE_OPTIONS} value={choices.language} onChange={choose('language')} />
          <Choice label={messages.policy} options={POLICY_OPTIONS} value={choices.policy} onChange={choose('policy')} />
        </ColumnLayout>
      </SpaceBetween>
    </Modal>
  );
}
