import Checkbox from '@cloudscape-design/components/checkbox';
import { memo } from 'react';
import { Link } from 'react-router';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import { moment } from '../../messages/format';
import { altTextOf, nameOf, writerOf } from '../../ui/images';
import { StatusBadge } from '../../ui/StatusBadge';
import { Thumbnail } from '../../ui/Thumbnail';
import type { Results } from './queries';
import { FROM_LIBRARY } from './address';
import { onShiftClick, type Selection } from './selection';
import { useWindowRows } from './useWindowRows';

const ROW = 64;
const { columns } = text.library;

interface Props {
  results: Results;
  selection: Selection;
}

/** One line for each image. Only those near the window are drawn, hence the roles and no `<table>`. */
export function ImageTable({ results: { images, hasMore, moreError, loadMore }, selection }: Props) {
  const { ref, rows, height, offset } = useWindowRows({ count: () => images.length, rowHeight: () => ROW, hasMore, hasFailed: moreError !== null, loadMore });
  return (
    <div role="table" aria-label={text.library.title} aria-rowcount={hasMore ? -1 : images.length + 1} className="table">
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className="table-head">
          <span role="columnheader" aria-label={columns.image} />
          <span role="columnheader">{columns.title}</span>
          <span role="columnheader">{columns.altText}</span>
          <span role="columnheader">{columns.status}</span>
          <span role="columnheader">{columns.provider}</span>
          <span role="columnheader">{columns.uploaded}</span>
        </div>
      </div>
      <div ref={ref} role="rowgroup" className="table-body" style={{ height }}>
        {rows.map((row) => {
          const image = images[row.index];
          return (
            image && (
              <Row
                key={image.id}
                image={image}
                index={row.index}
                top={row.start - offset}
                isSelected={selection.has(image.id)}
                toggle={selection.toggle}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  image: ImageView;
  index: number;
  top: number;
  isSelected: boolean;
  toggle: (id: string, isRange: boolean) => void;
}

const Row = memo(function Row({ image, index, top, isSelected, toggle }: RowProps) {
  const name = nameOf(image);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={isSelected ? 'table-row card-selected' : 'table-row'}
      style={{ height: ROW, transform: `translateY(${top}px)` }}
    >
      <span role="cell" className="table-image" onClickCapture={onShiftClick(() => toggle(image.id, true))}>
        <Checkbox checked={isSelected} onChange={() => toggle(image.id, false)} ariaLabel={text.library.select(name)} />
        <Thumbnail image={image} alt="" />
      </span>
      <span role="cell">
        <Link to={`/images/${image.id}`} state={FROM_LIBRARY}>{name}</Link>
      </span>
      <span role="cell">{altTextOf(image) ?? <em>{text.library.noAltText}</em>}</span>
      <span role="cell">
        <StatusBadge status={image.status} />
      </span>
      <span role="cell">{writerOf(image)}</span>
      <span role="cell">{moment(image.createdAt)}</span>
    </div>
  );
});
