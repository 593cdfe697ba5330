import Checkbox from '@cloudscape-design/components/checkbox';
import { memo } from 'react';
import { Link } from 'react-router';

import type { ImageView, Schemas } from '../../api/client';
import { text } from '../../messages';
import { altTextOf, nameOf, writerOf } from '../../ui/images';
import { StatusBadge } from '../../ui/StatusBadge';
import { Thumbnail } from '../../ui/Thumbnail';
import { columns } from './columns';
import type { Results } from './queries';
import { FROM_LIBRARY } from './address';
import { onShiftClick, type Selection } from './selection';
import { useWindowRows } from './useWindowRows';
import { Why } from './Why';

const GAP = 16;
/** Below the picture: a line of title, two of alt text, one of who wrote it. */
const TEXT = 100;

interface Props {
  results: Results;
  selection: Selection;
}

/** Cards, as many beside each other as there is room for. */
export function ImageGrid({ results: { images, hits, hasMore, moreError, loadMore }, selection }: Props) {
  const { ref, width, rows, height, offset } = useWindowRows({
    count: (width) => Math.ceil(images.length / columns(width)),
    rowHeight: (width) => ((width - GAP * (columns(width) - 1)) / columns(width)) * 0.75 + TEXT + GAP,
    hasMore,
    hasFailed: moreError !== null,
    loadMore,
  });
  const perRow = columns(width);
  return (
    <div ref={ref} className="grid" role="list" aria-label={text.library.title} style={{ height }}>
      {rows.map((row) => (
        <div
          key={row.key}
          className="grid-row"
          role="presentation"
          style={{
            height: row.size - GAP,
            transform: `translateY(${row.start - offset}px)`,
            gridTemplateColumns: `repeat(${perRow}, minmax(0, 1fr))`,
          }}
        >
          {images.slice(row.index * perRow, (row.index + 1) * perRow).map((image) => (
            <Card
              key={image.id}
              image={image}
              hit={hits.get(image.id)}
              isSelected={selection.has(image.id)}
              toggle={selection.toggle}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface CardProps {
  image: ImageView;
  hit: Schemas['Hit'] | undefined;
  isSelected: boolean;
  toggle: (id: string, isRange: boolean) => void;
}

const Card = memo(function Card({ image, hit, isSelected, toggle }: CardProps) {
  const name = nameOf(image);
  return (
    <article className={isSelected ? 'card card-selected' : 'card'} role="listitem">
      <Link to={`/images/${image.id}`} state={FROM_LIBRARY} className="card-link" aria-label={name}>
        <Thumbnail image={image} alt="" />
      </Link>
      <div className="card-check" onClickCapture={onShiftClick(() => toggle(image.id, true))}>
        <Checkbox checked={isSelected} onChange={() => toggle(image.id, false)} ariaLabel={text.library.select(name)} />
      </div>
      <div className="card-text">
        <strong title={name}>{name}</strong>
        <p>{altTextOf(image) ?? text.library.noAltText}</p>
        <footer>{image.status === 'complete' ? hit ? <Why hit={hit} /> : <span>{writerOf(image)}</span> : <StatusBadge status={image.status} />}</footer>
      </div>
    </article>
  );
});
