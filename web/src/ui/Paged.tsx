import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import { text } from '../messages';
import { Refused } from './Refused';
import { Stacked } from './Stacked';
import { useIsNarrow } from './useIsNarrow';

/** What `useInfiniteQuery` says, as far as a list shows it. */
export interface Pages {
  error: unknown;
  isPending: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

interface Props<Row> {
  label: string;
  items: readonly Row[];
  columns: readonly TableProps.ColumnDefinition<Row>[];
  pages: Pages;
  loading: string;
  empty: ReactNode;
  header?: ReactNode;
  filter?: ReactNode;
  trackBy?: TableProps.TrackBy<Row>;
}

/** A list that is read a page at a time, as far as somebody wants to see. */
export function Paged<Row>({ label, items, columns, pages, loading, empty, trackBy, ...rest }: Props<Row>) {
  const isNarrow = useIsNarrow();
  if (pages.error && !items.length) return <Refused error={pages.error} />;
  const more = pages.hasNextPage && (
    <Box textAlign="center">
      <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
        {text.common.more}
      </Button>
    </Box>
  );
  if (isNarrow) {
    const { header, filter } = rest;
    return <Stacked {...{ label, items, columns, header, filter, more, none: empty }} loading={pages.isPending && loading} />;
  }
  return (
    <Table
      {...rest}
      items={items}
      columnDefinitions={columns}
      {...(trackBy && { trackBy })}
      loading={pages.isPending}
      loadingText={loading}
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: label }}
      empty={empty}
      footer={more}
    />
  );
}
