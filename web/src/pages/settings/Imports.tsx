import Header from '@cloudscape-design/components/header';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { integer, moment } from '../../messages/format';
import { Empty } from '../../ui/Empty';
import { Paged } from '../../ui/Paged';
import { importsQuery } from './queries';

const messages = text.settings.sources;

type Import = Schemas['ImportView'];

const TYPES: Readonly<Record<Import['status'], StatusIndicatorProps.Type>> = {
  listing: 'in-progress',
  listed: 'success',
  stopped: 'warning',
};

const COLUMNS: readonly TableProps.ColumnDefinition<Import>[] = [
  { id: 'from', header: messages.columns.from, cell: originOf, isRowHeader: true, minWidth: 180 },
  { id: 'status', header: messages.columns.status, cell: (found) => <State found={found} />, minWidth: 180 },
  { id: 'images', header: messages.columns.images, cell: ({ images }) => integer(images), minWidth: 90 },
  { id: 'skipped', header: messages.columns.skipped, cell: ({ skipped }) => integer(skipped), minWidth: 90 },
  { id: 'at', header: messages.columns.at, cell: ({ createdAt }) => moment(createdAt), minWidth: 200 },
];

function originOf({ source, path }: Import): string {
  return source === 'url' ? messages.urls : `${messages.dropbox}: ${path?.length ? path : messages.everything}`;
}

/** The API's own sentence says why it stopped. */
function State({ found: { status, message } }: { found: Import }) {
  return <StatusIndicator type={TYPES[status]}>{message ?? messages.statuses[status]}</StatusIndicator>;
}

export function Imports() {
  const { data, error, isPending } = useQuery(importsQuery);
  return (
    <Paged
      label={messages.imports}
      header={<Header variant="h2">{messages.imports}</Header>}
      items={data?.imports ?? []}
      columns={COLUMNS}
      trackBy="id"
      // The API gives the latest ones, and no more.
      pages={{ error, isPending, hasNextPage: false, isFetchingNextPage: false, fetchNextPage: () => undefined }}
      loading={messages.loading}
      empty={<Empty title={messages.none.title} explanation={messages.none.text} />}
    />
  );
}
