import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys, quotaQuery, settingsQuery } from '../api/queries';
import { refreshImage } from '../live/effects';
import { text } from '../messages';
import { Choice } from '../ui/Choice';
import { upgradeOffer, upgradeTo, useNotices } from '../ui/notices';
import { LANGUAGE_OPTIONS, POLICIES, PROVIDERS } from '../ui/options';
import { sentence } from '../ui/sentence';
import { paysOwn, requestOf, start, type Choices } from './request';

const messages = text.regenerate;
const none = messages.asInSettings;

interface Props {
  ids: readonly string[];
  onClose: () => void;
  onStarted?: () => void;
}

/** Asks before credits are spent: what it costs, what is left, and how it is to be done. */
export default function RegenerateDialog({ ids, onClose, onStarted }: Props) {
  const cache = useQueryClient();
  const notices = useNotices();
  const plan = useQuery({ ...quotaQuery, staleTime: 0 }).data;
  const quota = plan?.meters.images;
  const settings = useQuery(settingsQuery).data;
  const [choices, setChoices] = useState<Choices>({ provider: null, language: null, policy: null });
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
  const choose = (changes: Partial<Choices>) => setChoices({ ...choices, ...changes });
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
        {isExhausted && !regeneration.error && (
          <Alert type="warning" action={upgradeTo(plan?.upgradeUrl)}>
            {messages.short(quota.remaining, ids.length)}
          </Alert>
        )}
        {regeneration.error && (
          <Alert type="error" action={upgradeOffer(regeneration.error)}>
            {sentence(regeneration.error)}
          </Alert>
        )}
        <ColumnLayout columns={3} minColumnWidth={150}>
          <FormField label={messages.provider}>
            <Choice isOver options={PROVIDERS} none={none} chosen={choices.provider} onChoose={(provider) => choose({ provider })} />
          </FormField>
          <FormField label={messages.language}>
            <Choice isOver options={LANGUAGE_OPTIONS} none={none} chosen={choices.language} onChoose={(language) => choose({ language })} />
          </FormField>
          <FormField label={messages.policy}>
            <Choice isOver options={POLICIES} none={none} chosen={choices.policy} onChoose={(policy) => choose({ policy })} />
          </FormField>
        </ColumnLayout>
      </SpaceBetween>
    </Modal>
  );
}
