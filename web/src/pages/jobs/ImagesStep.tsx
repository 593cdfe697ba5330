import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { text } from '../../messages';
import { faultsOf, MOST, type Scope, type StepProps } from './draft';
import { FieldChoice } from './FieldChoice';

const messages = text.jobs.wizard.images;

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
  const faults = faultsOf(draft);
  return (
    <ExpandableSection headerText={messages.narrow} defaultExpanded={hasFilter(draft)}>
      <ColumnLayout columns={2} minColumnWidth={220}>
        <FormField label={messages.from} constraintText={messages.date}>
          <DatePicker value={draft.from} onChange={({ detail }) => change({ from: detail.value })} placeholder="YYYY/MM/DD" />
        </FormField>
        <FormField label={messages.until} constraintText={messages.date} errorText={faults.dates && messages.backwards}>
          <DatePicker value={draft.until} onChange={({ detail }) => change({ until: detail.value })} placeholder="YYYY/MM/DD" />
        </FormField>
        <FormField label={messages.prefix}>
          <Input value={draft.prefix} onChange={({ detail }) => change({ prefix: detail.value })} />
        </FormField>
        <FormField
          label={messages.quality}
          constraintText={messages.qualityHint}
          errorText={faults.qualityBelow && messages.number(1, 100)}
        >
          <Input
            value={draft.qualityBelow}
            inputMode="numeric"
            onChange={({ detail }) => change({ qualityBelow: detail.value })}
          />
        </FormField>
        <FormField
          label={messages.limit}
          constraintText={messages.limitHint}
          errorText={faults.limit && messages.number(1, MOST)}
        >
          <Input value={draft.limit} inputMode="numeric" onChange={({ detail }) => change({ limit: detail.value })} />
        </FormField>
      </ColumnLayout>
    </ExpandableSection>
  );
}

const hasFilter = ({ from, until, prefix, qualityBelow, limit }: StepProps['draft']): boolean =>
  [from, until, prefix, qualityBelow, limit].some(Boolean);
