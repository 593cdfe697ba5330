import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys } from '../../api/queries';
import { text } from '../../messages';
import { Confirm } from '../../ui/Confirm';
import { useNotices } from '../../ui/notices';
import { save } from '../../ui/save';
import { allows } from './progress';
import { jobQuery, steer, type Job, type Wish } from './queries';
import { readReport } from './report';

const messages = text.jobs;

type Confirmed = keyof typeof messages.confirm;

/** The order in which they stand; what a job does not allow at the moment is not offered. */
const WISHES: readonly Wish[] = ['pause', 'resume', 'retry-failed', 'undo', 'cancel'];

const needsConfirmation = (wish: Wish): wish is Confirmed => wish in messages.confirm;

export function JobActions({ job }: { job: Job }) {
  const cache = useQueryClient();
  const notices = useNotices();
  const [asked, setAsked] = useState<Confirmed | null>(null);
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (wish: Wish) => steer(job.id, wish),
    onSuccess: (after, wish) => {
      cache.setQueryData(jobQuery(job.id).queryKey, after);
      notices.success(messages.actions.done[wish]);
    },
    onError: (error) => notices.error(error),
    onSettled: () => {
      setAsked(null);
      void cache.invalidateQueries({ queryKey: keys.jobs });
    },
  });
  const wished = (wish: Wish) => (needsConfirmation(wish) ? setAsked(wish) : mutate(wish));
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {WISHES.filter((wish) => allows(job, wish)).map((wish) => (
        <Button
          key={wish}
          variant={wish === 'resume' ? 'primary' : 'normal'}
          disabled={isPending}
          loading={isPending && variables === wish}
          onClick={() => wished(wish)}
        >
          {messages.actions[wish]}
        </Button>
      ))}
      <Report id={job.id} />
      {asked && (
        <Confirm
          {...messages.confirm[asked]}
          isPending={isPending}
          onYes={() => mutate(asked)}
          onNo={() => setAsked(null)}
        >
          {messages.confirm[asked].text}
        </Confirm>
      )}
    </SpaceBetween>
  );
}

function Report({ id }: { id: string }) {
  const notices = useNotices();
  const { mutate, isPending } = useMutation({
    mutationFn: () => readReport(id),
    onSuccess: (csv) => save(csv, `job-${id}.csv`, 'text/csv'),
    onError: (error) => notices.error(error),
  });
  return (
    <Button iconName="download" loading={isPending} onClick={() => mutate()}>
      {messages.actions.report}
    </Button>
  );
}
