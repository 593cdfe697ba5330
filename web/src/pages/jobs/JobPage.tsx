import Alert from '@cloudscape-design/components/alert';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';

import { ApiError } from '../../api/errors';
import { quotaQuery } from '../../api/queries';
import { text } from '../../messages';
import { Empty } from '../../ui/Empty';
import { upgradeTo } from '../../ui/notices';
import { Refused } from '../../ui/Refused';
import { useTitle } from '../../ui/title';
import { JobActions } from './JobActions';
import { JobFigures } from './JobFigures';
import { JobItems } from './JobItems';
import { jobQuery, type Job } from './queries';
import { describeSelection } from './words';

const messages = text.jobs;

export default function JobPage() {
  const { id = '' } = useParams();
  const { data: job, error } = useQuery(jobQuery(id));
  if (error && !job) {
    return error instanceof ApiError && error.status === 404 ? (
      <Empty title={messages.detail.gone} />
    ) : (
      <Refused error={error} />
    );
  }
  if (!job) return <Spinner size="large" />;
  return (
    <ContentLayout header={<JobHeader job={job} />}>
      <SpaceBetween size="l">
        <Explanation job={job} />
        <JobFigures job={job} />
        <JobItems job={job} />
      </SpaceBetween>
    </ContentLayout>
  );
}

function JobHeader({ job }: { job: Job }) {
  const navigate = useNavigate();
  const name = describeSelection(job.selection);
  useTitle(name);
  return (
    <SpaceBetween size="xs">
      <BreadcrumbGroup
        items={[
          { text: messages.title, href: '/jobs' },
          { text: name, href: `/jobs/${job.id}` },
        ]}
        onFollow={(event) => {
          event.preventDefault();
          void navigate(event.detail.href);
        }}
      />
      <Header variant="h1" actions={<JobActions job={job} />}>
        {name}
      </Header>
    </SpaceBetween>
  );
}

/** Why the job does not go on. */
function Explanation({ job }: { job: Job }) {
  const { paused, exhausted, stopped } = messages.detail;
  const { data: quota } = useQuery(quotaQuery);
  if (job.status === 'paused') {
    return (
      <Alert type="info" header={paused.title}>
        {paused.text}
      </Alert>
    );
  }
  if (job.status === 'quota_exhausted') {
    return (
      <Alert type="warning" header={exhausted.title} action={upgradeTo(quota?.upgradeUrl)}>
        {job.autoResume ? exhausted.resumes : exhausted.waits}
      </Alert>
    );
  }
  return job.stopped ? <Alert type="info">{stopped[job.stopped]}</Alert> : null;
}
