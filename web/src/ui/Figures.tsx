import './figures.css';

export interface Figure {
  label: string;
  value: string;
  /** Something that wants looking at. */
  isBad?: boolean;
}

/** A few numbers, large, each below its name; as many in a row as there is room for. */
export function Figures({ items }: { items: readonly Figure[] }) {
  return (
    <dl className="figures">
      {items.map(({ label, value, isBad }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className={isBad ? 'figure-bad' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
