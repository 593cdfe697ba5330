import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { integer, moment, spoken } from '../../messages/format';
import { useNotices } from '../../ui/notices';
import { Empty } from '../../ui/Empty';
import { Paged } from '../../ui/Paged';
import { save } from '../../ui/save';
import { journalQuery, readJournal } from './queries';

const messages = text.usage.journal;

type Entry = Schemas['JournalEntryView'];

const TYPES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  open_period: 'info',
  reserve: 'pending',
  commit: 'success',
  release: 'stopped',
  expire: 'stopped',
  grant: 'success',
  grant_expired: 'warning',
  plan_change: 'info',
};

const COLUMNS: readonly TableProps.ColumnDefinition<Entry>[] = [
  { id: 'at', header: messages.columns.at, cell: ({ at }) => moment(at), isRowHeader: true, minWidth: 200 },
  {
    id: 'type',
    header: messages.columns.type,
    cell: ({ type }) => <StatusIndicator type={TYPES[type] ?? 'info'}>{messages.types[type] ?? type}</StatusIndicator>,
    minWidth: 190,
  },
  { id: 'meter', header: messages.columns.meter, cell: ({ meter }) => text.usage.plan.meters[meter] ?? meter, minWidth: 90 },
  { id: 'amount', header: messages.columns.amount, cell: ({ amount }) => integer(amount), minWidth: 80 },
  {
    id: 'balance',
    header: messages.columns.balance,
    cell: ({ balanceAfter }) => (balanceAfter === null ? '–' : integer(balanceAfter)),
    minWidth: 120,
  },
  { id: 'reason', header: messages.columns.reason, cell: ({ reason }) => spoken(reason), minWidth: 140 },
];

/** Everything that happened to the credits, what was given back included. */
export function Journal() {
  const pages = useInfiniteQuery(journalQuery);
  return (
    <Paged
      label={text.usage.history.journal}
      header={<Header actions={<Download />}>{text.usage.history.journal}</Header>}
      items={pages.data?.pages.flatMap((page) => page.entries) ?? []}
      columns={COLUMNS}
      pages={pages}
      loading={messages.loading}
      empty={<Empty title={messages.empty.title} explanation={messages.empty.text} />}
    />
  );
}

function Download() {
  const notices = useNotices();
  const { mutate, isPending } = useMutation({
    mutationFn: readJournal,
    onSuccess: (csv) => save(csv, 'activity.csv', 'text/csv'),
    onError: (error) => notices.error(error),
  });
  return (
    <Button iconName="download" loading={isPending} onClick={() => mutate()}>
      {text.usage.history.csv}
    </Button>
  );
}
