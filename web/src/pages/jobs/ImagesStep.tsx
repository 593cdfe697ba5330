import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { text } from '../../messages';
import { Choice } from '../../ui/Choice';
import { LANGUAGE_OPTIONS, SOURCE_OPTIONS } from '../../ui/options';
import { TextField } from '../../ui/TextField';
import { faultsOf, MOST, STATUSES, type Scope, type StepProps } from './draft';
import { FieldChoice } from './FieldChoice';

const messages = text.jobs.wizard.images;
const STATUS_OPTIONS = STATUSES.map((value) => ({ value, label: text.library.statuses[value] }));

/** Which images. */
export function ImagesStep({ draft, change }: StepProps) {
  const faults = faultsOf(draft);
  const scopes: readonly Scope[] = draft.ids.length ? ['chosen', 'all', 'missing', 'failed'] : ['all', 'missing', 'failed'];
  return (
    <Container>
      <SpaceBetween size="l">
        <FormField label={messages.scope}>
          <RadioGroup
            value={draft.scope}
            onChange={({ detail }) => change({ scope: detail.value as Scope })}
            items={scopes.map((value) => ({
              value,
              label: value === 'chosen' ? messages.scopes.chosen(draft.ids.length) : messages.scopes[value],
              description: messages.explained[value],
            }))}
          />
        </FormField>
        {draft.scope === 'missing' && (
          <FormField label={messages.missing} errorText={faults.missing && messages.chooseMissing}>
            <FieldChoice chosen={draft.missing} onChoose={(missing) => change({ missing })} />
          </FormField>
        )}
        {draft.scope !== 'chosen' && <Filters draft={draft} change={change} />}
      </SpaceBetween>
    </Container>
  );
}

function Filters({ draft, change }: StepProps) {
  return (
    <ExpandableSection headerText={messages.narrow} defaultExpanded={hasFilter(draft)}>
      <SpaceBetween size="l">
        <Search draft={draft} change={change} />
        <Properties draft={draft} change={change} />
        <Amounts draft={draft} change={change} />
      </SpaceBetween>
    </ExpandableSection>
  );
}

/** What the library would be searched for. */
function Search({ draft, change }: StepProps) {
  const faults = faultsOf(draft);
  return (
    <ColumnLayout columns={3} minColumnWidth={220}>
      <TextField
        label={messages.query}
        hint={messages.queryHint}
        fault={faults.query && messages.queryFault}
        value={draft.query}
        onChange={(query) => change({ query })}
      />
      <TextField
        label={messages.tags}
        hint={messages.tagsHint}
        fault={faults.tags && messages.tagsFault}
        value={draft.tags}
        onChange={(tags) => change({ tags })}
      />
      <TextField
        label={messages.color}
        hint={messages.colorHint}
        fault={faults.color && messages.colorFault}
        value={draft.color}
        onChange={(color) => change({ color })}
      />
    </ColumnLayout>
  );
}

function Properties({ draft, change }: StepProps) {
  return (
    <ColumnLayout columns={3} minColumnWidth={220}>
      {draft.scope !== 'failed' && (
        <FormField label={messages.status}>
          <Choice options={STATUS_OPTIONS} none={messages.any} chosen={draft.status} onChoose={(status) => change({ status })} />
        </FormField>
      )}
      <FormField label={messages.source}>
        <Choice options={SOURCE_OPTIONS} none={messages.any} chosen={draft.source} onChoose={(source) => change({ source })} />
      </FormField>
      <FormField label={messages.textsIn}>
        <Choice options={LANGUAGE_OPTIONS} none={messages.any} chosen={draft.textsIn} onChoose={(textsIn) => change({ textsIn })} />
      </FormField>
    </ColumnLayout>
  );
}

function Amounts({ draft, change }: StepProps) {
  const faults = faultsOf(draft);
  return (
    <ColumnLayout columns={3} minColumnWidth={220}>
      <FormField label={messages.from} constraintText={messages.date}>
        <DatePicker value={draft.from} onChange={({ detail }) => change({ from: detail.value })} placeholder={messages.dateForm} />
      </FormField>
      <FormField label={messages.until} constraintText={messages.date} errorText={faults.dates && messages.backwards}>
        <DatePicker value={draft.until} onChange={({ detail }) => change({ until: detail.value })} placeholder={messages.dateForm} />
      </FormField>
      <TextField label={messages.prefix} hint={messages.prefixHint} value={draft.prefix} onChange={(prefix) => change({ prefix })} />
      <TextField
        label={messages.quality}
        hint={messages.qualityHint}
        inputMode="numeric"
        fault={faults.qualityBelow && messages.number(1, 100)}
        value={draft.qualityBelow}
        onChange={(qualityBelow) => change({ qualityBelow })}
      />
      <TextField
        label={messages.limit}
        hint={draft.query.trim() ? messages.limitOfSearch : messages.limitHint}
        inputMode="numeric"
        fault={faults.limit && messages.number(1, MOST)}
        value={draft.limit}
        onChange={(limit) => change({ limit })}
      />
    </ColumnLayout>
  );
}

const hasFilter = ({ query, tags, color, status, source, textsIn, from, until, prefix, qualityBelow, limit }: StepProps['draft']) =>
  [query, tags, color, status, source, textsIn, from, until, prefix, qualityBelow, limit].some(Boolean);
