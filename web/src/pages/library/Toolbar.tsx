import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Token from '@cloudscape-design/components/token';
import { useState, type SubmitEvent } from 'react';

import { text } from '../../messages';
import { isSearch, MISSING, STATUSES, type View } from './address';
import { ColourFilter } from './ColourFilter';

const messages = text.library;

interface Props {
  view: View;
  change: (changes: View) => void;
}

/** What is looked for: words, a colour, a status, what is missing. */
export function Toolbar({ view, change }: Props) {
  const { color, tag, status, missing } = view;
  return (
    <div className="toolbar">
      <SearchBox key={view.q} value={view.q ?? ''} onSearch={(q) => change({ q })} />
      <SpaceBetween direction="horizontal" size="xs">
        <ColourFilter value={color} onChange={(color) => change({ color })} />
        <Choice
          label={messages.status.label}
          any={messages.status.any}
          options={STATUSES}
          names={messages.statuses}
          value={status}
          onChange={(status) => change({ status })}
        />
        {!isSearch(view) && (
          <Choice
            label={messages.missing.label}
            any={messages.missing.any}
            options={MISSING}
            names={messages.missing}
            value={missing}
            onChange={(missing) => change({ missing })}
          />
        )}
        {tag && (
          <Token
            label={messages.find.tag(tag)}
            dismissLabel={messages.find.removeTag(tag)}
            onDismiss={() => change({ tag: undefined })}
          />
        )}
        {Object.values(view).some(Boolean) && (
          <Button
            variant="link"
            onClick={() => change({ q: undefined, color: undefined, tag: undefined, status: undefined, missing: undefined })}
          >
            {messages.find.clearAll}
          </Button>
        )}
      </SpaceBetween>
    </div>
  );
}

function SearchBox({ value, onSearch }: { value: string; onSearch: (q: string | undefined) => void }) {
  const [words, setWords] = useState(value);
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    onSearch(words.trim() || undefined);
  };
  return (
    <form role="search" className="toolbar-search" onSubmit={search}>
      <Input
        type="search"
        value={words}
        onChange={({ detail }) => {
          setWords(detail.value);
          if (!detail.value && value) onSearch(undefined);
        }}
        placeholder={messages.find.placeholder}
        ariaLabel={messages.find.label}
        clearAriaLabel={messages.find.clear}
      />
    </form>
  );
}

interface ChoiceProps<Option extends string> {
  label: string;
  any: string;
  options: readonly Option[];
  names: Readonly<Record<Option, string>>;
  value: Option | undefined;
  onChange: (value: Option | undefined) => void;
}

function Choice<Option extends string>({ label, any, options, names, value, onChange }: ChoiceProps<Option>) {
  const all: SelectProps.Option[] = [{ value: '', label: any }, ...options.map((option) => ({ value: option, label: names[option] }))];
  return (
    <Select
      ariaLabel={label}
      options={all}
      selectedOption={all.find((option) => option.value === (value ?? '')) ?? null}
      onChange={({ detail }) => onChange(options.find((option) => option === detail.selectedOption.value))}
    />
  );
}
