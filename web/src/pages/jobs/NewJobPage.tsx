import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Wizard from '@cloudscape-design/components/wizard';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';

import { keys } from '../../api/queries';
import { text } from '../../messages';
import { FIELDS } from '../../messages/en/jobs';
import { useNotices } from '../../ui/notices';
import { useTitle } from '../../ui/title';
import { faultsOf, newDraft, requestOf, type StepProps } from './draft';
import { EstimateStep } from './EstimateStep';
import { ImagesStep } from './ImagesStep';
import { jobQuery, startJob } from './queries';
import { TextsStep } from './TextsStep';
import { useEstimate } from './useEstimate';

const messages = text.jobs.wizard;
const ESTIMATE = 2;

function useDraft(): StepProps {
  const { state } = useLocation() as { state: { ids?: string[] } | null };
  const [search] = useSearchParams();
  const [draft, setDraft] = useState(() => newDraft(state?.ids ?? [], search, FIELDS));
  return { draft, change: (changes) => setDraft((before) => ({ ...before, ...changes })) };
}

export default function NewJobPage() {
  useTitle(messages.title);
  const navigate = useNavigate();
  const notices = useNotices();
  const cache = useQueryClient();
  const [step, setStep] = useState(0);
  const props = useDraft();
  const estimate = useEstimate();
  const start = useMutation({
    mutationFn: () => startJob(requestOf(props.draft, false)),
    onSuccess: async (job) => {
      cache.setQueryData(jobQuery(job.id).queryKey, job);
      void cache.invalidateQueries({ queryKey: [...keys.jobs, 'list'] });
      await navigate(`/jobs/${job.id}`, { replace: true });
    },
    onError: (error) => notices.error(error),
  });
  const go = (requested: number) => {
    if (requested > step && Object.keys(faultsOf(props.draft)).length) return;
    if (requested === ESTIMATE) estimate.work(requestOf(props.draft, true));
    setStep(requested);
  };
  const submit = () => {
    if (estimate.job?.estimate.toProcess && !Object.keys(faultsOf(props.draft)).length) start.mutate();
  };
  return (
    <ContentLayout header={<Header variant="h1">{messages.title}</Header>}>
      <Wizard
        activeStepIndex={step}
        isLoadingNextStep={start.isPending || (step === ESTIMATE && estimate.isWorking)}
        submitButtonText={messages.submit}
        onNavigate={({ detail }) => go(detail.requestedStepIndex)}
        onCancel={() => void navigate('/jobs')}
        onSubmit={submit}
        steps={[
          { title: messages.steps.images, description: messages.images.about, content: <ImagesStep {...props} /> },
          { title: messages.steps.texts, description: messages.texts.about, content: <TextsStep {...props} /> },
          {
            title: messages.steps.estimate,
            description: messages.estimate.about,
            content: <EstimateStep {...props} estimate={estimate} />,
          },
        ]}
      />
    </ContentLayout>
  );
}
