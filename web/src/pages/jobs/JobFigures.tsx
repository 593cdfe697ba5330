import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { text } from '../../messages';
import { integer, moment, spoken } from '../../messages/format';
import { Figures } from '../../ui/Figures';
import { JobStatus } from './JobStatus';
import { isMoving, progressOf } from './progress';
import type { Job } from './queries';

const messages = text.jobs.detail;

type Counter = keyof typeof messages.counters;
const COUNTERS = Object.keys(messages.counters) as Counter[];
/** These stand there even when nothing is in them, so that the page does not jump. */
const ALWAYS: ReadonlySet<Counter> = new Set(['done', 'failed', 'skipped', 'inFlight', 'waiting']);

/** How far the job is, how fast, and how long it still takes. */
export function JobFigures({ job }: { job: Job }) {
  const progress = progressOf(job);
  return (
    <Container header={<Header variant="h2">{messages.progress}</Header>}>
      <SpaceBetween size="l">
        <ProgressBar
          value={progress.percent}
          ariaLabel={messages.progress}
          additionalInfo={messages.ended(progress.ended, progress.total)}
        />
        <KeyValuePairs columns={3} minColumnWidth={160} items={facts(job, progress.rate)} />
        <Counters job={job} />
        <Skipped job={job} />
      </SpaceBetween>
    </Container>
  );
}

function facts(job: Job, rate: number | null) {
  const isFed = isMoving(job.status) && job.etaSeconds !== null;
  return [
    { label: text.jobs.columns.started, value: job.startedBy === 'schedule' ? messages.bySchedule(moment(job.createdAt)) : moment(job.createdAt) },
    { label: text.jobs.columns.status, value: <JobStatus status={job.status} /> },
    { label: messages.rate, value: rate === null ? messages.none : pace(rate) },
    { label: messages.eta, value: isFed && job.etaSeconds !== null ? messages.etaAbout(job.etaSeconds) : messages.none },
    job.status === 'undoing' || job.status === 'undone'
      ? { label: messages.undo, value: messages.undone(job.undone, job.kept) }
      : { label: messages.credits, value: integer(job.estimate.creditsNeeded) },
  ];
}

const pace = (rate: number): string => (rate >= 1 ? messages.perSecond(rate) : messages.perMinute(rate));

function Counters({ job: { counters } }: { job: Job }) {
  const shown = COUNTERS.filter((name) => ALWAYS.has(name) || counters[name] > 0);
  return (
    <Figures
      items={shown.map((name) => ({
        label: messages.counters[name],
        value: integer(counters[name]),
        isBad: name === 'failed' && counters.failed > 0,
      }))}
    />
  );
}

/** Why images were left out. */
function Skipped({ job: { skipped } }: { job: Job }) {
  const reasons = Object.entries(skipped);
  if (!reasons.length) return null;
  return (
    <Box color="text-body-secondary">
      {reasons.map(([reason, images]) => `${text.jobs.reasons[reason] ?? spoken(reason)}: ${integer(images)}`).join(' · ')}
    </Box>
  );
}
