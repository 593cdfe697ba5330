import Header from '@cloudscape-design/components/header';
import type { TableProps } from '@cloudscape-design/components/table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { text } from '../../messages';
import { moment, spoken } from '../../messages/format';
import { Choice } from '../../ui/Choice';
import { Empty } from '../../ui/Empty';
import { Paged } from '../../ui/Paged';
import { ImageName } from './ImageName';
import { OutcomeBadge } from './JobStatus';
import './jobs.css';
import { isMoving } from './progress';
import { itemsQuery, type Job, type JobItem, type Outcome } from './queries';

const messages = text.jobs.items;

const COLUMNS: readonly TableProps.ColumnDefinition<JobItem>[] = [
  { id: 'image', header: messages.columns.image, cell: (item) => <ImageName id={item.imageId} />, isRowHeader: true, minWidth: 220 },
  { id: 'outcome', header: messages.columns.outcome, cell: (item) => <OutcomeBadge outcome={item.outcome} />, minWidth: 150 },
  { id: 'reason', header: messages.columns.reason, cell: reasonOf, minWidth: 150 },
  { id: 'versions', header: messages.columns.versions, cell: (item) => messages.versions(item.versionBefore, item.versionAfter), minWidth: 100 },
  { id: 'at', header: messages.columns.at, cell: (item) => moment(item.at), minWidth: 170 },
];

function reasonOf({ undo, reason }: JobItem): string {
  if (undo) return messages.undo[undo] ?? undo;
  return reason && (text.jobs.reasons[reason] ?? spoken(reason));
}

const OUTCOMES = Object.keys(text.jobs.outcomes) as Outcome[];
const CHOICES = OUTCOMES.map((value) => ({ value, label: text.jobs.outcomes[value] }));

/** What became of each image. */
export function JobItems({ job }: { job: Job }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const isWatched = isMoving(job.status) || job.counters.inFlight > 0;
  const none = outcome ? messages.noneLike : messages.none;
  const pages = useInfiniteQuery(itemsQuery(job.id, outcome, isWatched));
  return (
    <Paged
      label={messages.title}
      header={<Header variant="h2">{messages.title}</Header>}
      filter={
        <div className="outcome-filter">
          <Choice ariaLabel={messages.filter} options={CHOICES} chosen={outcome} none={messages.any} onChoose={setOutcome} />
        </div>
      }
      items={pages.data?.pages.flatMap((page) => page.items) ?? []}
      columns={COLUMNS}
      pages={pages}
      trackBy="imageId"
      loading={messages.loading}
      empty={<Empty title={none.title} explanation={none.text} />}
    />
  );
}
