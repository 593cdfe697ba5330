import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Token from '@cloudscape-design/components/token';
import { useState, type SubmitEvent } from 'react';
import { useNavigate } from 'react-router';

import { text } from '../../messages';
import { Choice } from '../../ui/Choice';
import { EVERYTHING, isEverything, isSearch, MISSING, STATUSES, type JobLink, type View } from './address';
import { ColorFilter } from './ColorFilter';
import { MoreFilters } from './MoreFilters';

const messages = text.library;
const STATUS_OPTIONS = STATUSES.map((value) => ({ value, label: messages.statuses[value] }));
const MISSING_OPTIONS = MISSING.map((value) => ({ value, label: messages.missing[value] }));

interface Props {
  view: View;
  change: (changes: View) => void;
  /** Where a bulk job about what is shown begins. */
  job: JobLink | null;
}

/** What is looked for: words, a color, a status, what is missing. */
export function Toolbar({ view, change, job }: Props) {
  const { color, tag, status, missing } = view;
  const navigate = useNavigate();
  return (
    <div className="toolbar">
      <SearchBox key={view.q} value={view.q ?? ''} onSearch={(q) => change({ q })} />
      <SpaceBetween direction="horizontal" size="xs">
        <ColorFilter value={color} onChange={(color) => change({ color })} />
        <Choice
          ariaLabel={messages.status.label}
          none={messages.status.any}
          options={STATUS_OPTIONS}
          chosen={status ?? null}
          onChoose={(status) => change({ status: status ?? undefined })}
        />
        {isSearch(view) ? (
          <MoreFilters view={view} change={change} />
        ) : (
          <Choice
            ariaLabel={messages.missing.label}
            none={messages.missing.any}
            options={MISSING_OPTIONS}
            chosen={missing ?? null}
            onChoose={(missing) => change({ missing: missing ?? undefined })}
          />
        )}
        {tag && (
          <Token
            label={messages.find.tag(tag)}
            dismissLabel={messages.find.removeTag(tag)}
            onDismiss={() => change({ tag: undefined })}
          />
        )}
        {!isEverything(view) && (
          <Button variant="link" onClick={() => change(EVERYTHING)}>
            {messages.find.clearAll}
          </Button>
        )}
        {!isEverything(view) && job && (
          <Button variant="link" onClick={() => void navigate(job.to, { state: job.state })}>
            {messages.find.job}
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
