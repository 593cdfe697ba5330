import Select from '@cloudscape-design/components/select';

interface Props<Value extends string> {
  /** Values with their words; null stands for none of them. */
  options: readonly { value: Value; label: string; description?: string }[];
  chosen: Value | null;
  onChoose: (value: Value | null) => void;
  /** What choosing none means; without it one must be chosen. */
  none?: string;
  ariaLabel?: string;
  /** In a dialog or a popover, whose edge would cut the list. */
  isOver?: boolean;
}

/** A list of which one is chosen, by values rather than by options. */
export function Choice<Value extends string>({ options, chosen, onChoose, none, ariaLabel, isOver = false }: Props<Value>) {
  const all = none ? [{ value: '', label: none }, ...options] : options;
  return (
    <Select
      options={all}
      selectedOption={all.find(({ value }) => value === (chosen ?? '')) ?? null}
      onChange={({ detail }) => onChoose(options.find(({ value }) => value === detail.selectedOption.value)?.value ?? null)}
      expandToViewport={isOver}
      {...(ariaLabel && { ariaLabel })}
    />
  );
}
