import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import type { TableProps } from '@cloudscape-design/components/table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { text } from '../../messages';
import { integer, moment } from '../../messages/format';
import { Empty } from '../../ui/Empty';
import { InnerLink } from '../../ui/InnerLink';
import { Paged } from '../../ui/Paged';
import { useTitle } from '../../ui/title';
import { JobStatus } from './JobStatus';
import { progressOf } from './progress';
import { jobsQuery, type Job } from './queries';
import { describeSelection } from './words';
import './jobs.css';

const messages = text.jobs;

const COLUMNS: readonly TableProps.ColumnDefinition<Job>[] = [
  {
    id: 'job',
    header: messages.columns.job,
    cell: (job) => <InnerLink href={`/jobs/${job.id}`}>{describeSelection(job.selection)}</InnerLink>,
    isRowHeader: true,
    minWidth: 200,
  },
  { id: 'status', header: messages.columns.status, cell: (job) => <JobStatus status={job.status} />, minWidth: 160 },
  { id: 'progress', header: messages.columns.progress, cell: (job) => <Progress job={job} />, minWidth: 220 },
  { id: 'failed', header: messages.columns.failed, cell: (job) => integer(job.counters.failed), minWidth: 80 },
  { id: 'started', header: messages.columns.started, cell: (job) => moment(job.createdAt), minWidth: 200 },
];

function Progress({ job }: { job: Job }) {
  const { ended, total, percent } = progressOf(job);
  return (
    <div className="job-progress">
      <progress max={100} value={percent} aria-label={messages.columns.progress} />
      <span>{messages.progressOf(ended, total)}</span>
    </div>
  );
}

export default function JobsPage() {
  useTitle(messages.title);
  const navigate = useNavigate();
  const pages = useInfiniteQuery(jobsQuery);
  const jobs = pages.data?.pages.flatMap((page) => page.jobs) ?? [];
  const create = (variant: 'primary' | 'normal') => (
    <Button variant={variant} onClick={() => void navigate('/jobs/new')}>
      {messages.create}
    </Button>
  );
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={messages.about} actions={create('primary')}>
          {messages.title}
        </Header>
      }
    >
      <Paged
        label={messages.title}
        items={jobs}
        columns={COLUMNS}
        pages={pages}
        trackBy="id"
        loading={messages.loading}
        empty={<Empty title={messages.empty.title} explanation={messages.empty.text} action={create('normal')} />}
      />
    </ContentLayout>
  );
}
