import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import './stacked.css';

interface Props<Row> {
  label: string;
  items: readonly Row[];
  columns: readonly TableProps.ColumnDefinition<Row>[];
  /** What is said while the rows are being read; false once they are there. */
  loading: string | false;
  none: ReactNode;
  header?: ReactNode;
  filter?: ReactNode;
  more?: ReactNode;
}

/** A table for a window without room for one: a row is what names it, and below it each cell beside its column. */
export function Stacked<Row>({ label, items, columns, loading, none, header, filter, more }: Props<Row>) {
  return (
    <Container header={header}>
      <SpaceBetween size="m">
        {filter}
        {loading ? <StatusIndicator type="loading">{loading}</StatusIndicator> : items.length === 0 && none}
        <ul className="stacked" aria-label={label}>
          {items.map((item, index) => (
            <li key={index}>
              <dl>
                {columns.map((column) => (
                  <div key={column.id} className={column.isRowHeader ? 'stacked-name' : undefined}>
                    <dt>{column.header}</dt>
                    <dd>{column.cell(item)}</dd>
                  </div>
                ))}
              </dl>
            </li>
          ))}
        </ul>
        {more}
      </SpaceBetween>
    </Container>
  );
}
