import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { keys, quotaQuery } from '../../api/queries';
import { text } from '../../messages';
import { useNotices } from '../../ui/notices';
import { Refused } from '../../ui/Refused';
import { cancelGeneration, startGeneration, type Created } from './queries';

const messages = text.studio.estimate;

/** What was created, and how many pictures it is about. */
export type Offer = Created & { count: number };

/** The second step: what it costs is known and set aside, nothing has been made yet. */
export function EstimateDialog({ offer, onClose }: { offer: Offer; onClose: () => void }) {
  const cache = useQueryClient();
  const notices = useNotices();
  const { data: quota, isFetching } = useQuery({ ...quotaQuery, staleTime: 0 });
  const settled = {
    onSuccess: onClose,
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.generations }),
  };
  const start = useMutation({ mutationFn: () => startGeneration(offer.generationId), ...settled });
  const discard = useMutation({
    mutationFn: () => cancelGeneration(offer.generationId),
    onError: (error) => notices.error(error),
    ...settled,
  });
  const isPending = start.isPending || discard.isPending;
  // What was read before these tokens were set aside would count them twice.
  const left = isFetching ? undefined : quota?.meters.tokens?.remaining;
  return (
    <Modal
      visible
      header={messages.title(offer.count)}
      closeAriaLabel={text.common.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={isPending} onClick={() => discard.mutate()}>
              {messages.discard}
            </Button>
            <Button disabled={isPending} onClick={onClose}>
              {messages.later}
            </Button>
            <Button variant="primary" loading={start.isPending} disabled={discard.isPending} onClick={() => start.mutate()}>
              {messages.generate}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {start.error && <Refused error={start.error} />}
        <div>
          <Box>{offer.estimatedCost ? messages.cost(offer.estimatedCost) : messages.ownKey}</Box>
          <Box color="text-body-secondary">{left === undefined ? '\u00a0' : messages.left(left)}</Box>
          <Box color="text-body-secondary">{messages.held(offer.expiresAt)}</Box>
        </div>
        <ExpandableSection headerText={messages.prompt}>{offer.prompt}</ExpandableSection>
      </SpaceBetween>
    </Modal>
  );
}
