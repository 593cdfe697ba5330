import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import { text } from '../messages';
import { Empty } from './Empty';
import { Refused } from './Refused';

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
  if (pages.error && !items.length) return <Refused error={pages.error} />;
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
      empty={typeof empty === 'string' ? <Empty title={empty} /> : empty}
      footer={
        pages.hasNextPage && (
          <Box textAlign="center">
            <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              {text.common.more}
            </Button>
          </Box>
        )
      }
    />
  );
}
