import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Popover from '@cloudscape-design/components/popover';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { text } from '../../messages';
import { Choice } from '../../ui/Choice';
import { isDay } from '../../ui/days';
import { LANGUAGE_OPTIONS, SOURCE_OPTIONS } from '../../ui/options';
import type { View } from './address';

const messages = text.library.find.filters;

interface Props {
  view: View;
  change: (changes: View) => void;
}

/** What a search can be narrowed down by, beside what the plain list knows too. */
export function MoreFilters({ view, change }: Props) {
  const { language, source, from, until } = view;
  const used = [language, source, from, until].filter(Boolean).length;
  return (
    <Popover
      triggerType="custom"
      dismissButton={false}
      position="bottom"
      size="medium"
      header={messages.title}
      content={
        <SpaceBetween size="s">
          <FormField label={messages.language}>
            <Choice
              isOver
              options={LANGUAGE_OPTIONS}
              none={messages.any}
              chosen={language ?? null}
              onChoose={(language) => change({ language: language ?? undefined })}
            />
          </FormField>
          <FormField label={messages.source}>
            <Choice
              isOver
              options={SOURCE_OPTIONS}
              none={messages.any}
              chosen={source ?? null}
              onChoose={(source) => change({ source: source ?? undefined })}
            />
          </FormField>
          <Day label={messages.from} value={from} onChange={(from) => change({ from })} />
          <Day label={messages.until} value={until} onChange={(until) => change({ until })} />
        </SpaceBetween>
      }
    >
      <Button iconName="filter">{messages.button(used)}</Button>
    </Popover>
  );
}

interface DayProps {
  label: string;
  value: string | undefined;
  onChange: (day: string | undefined) => void;
}

/** The browser's own field: it writes days as the reader does, and weighs nothing. */
function Day({ label, value, onChange }: DayProps) {
  return (
    <label className="filter-day">
      {label}
      <input
        type="date"
        defaultValue={value}
        onChange={({ target }) => (target.value === '' || isDay(target.value)) && onChange(target.value || undefined)}
      />
    </label>
  );
}
