import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { text } from '../../messages';
import { Choice } from '../../ui/Choice';
import { LANGUAGE_OPTIONS, POLICIES, PROVIDERS } from '../../ui/options';
import type { StepProps } from './draft';
import { FieldChoice } from './FieldChoice';

const messages = text.jobs.wizard.texts;

/** How they are described. */
export function TextsStep({ draft, change }: StepProps) {
  const none = messages.asInSettings;
  return (
    <Container>
      <SpaceBetween size="l">
        <ColumnLayout columns={2} minColumnWidth={220}>
          <FormField label={messages.provider}>
            <Choice options={PROVIDERS} chosen={draft.provider} none={none} onChoose={(provider) => change({ provider })} />
          </FormField>
          <FormField label={messages.language}>
            <Choice
              options={LANGUAGE_OPTIONS}
              chosen={draft.language}
              none={none}
              onChoose={(language) => change({ language })}
            />
          </FormField>
          <FormField label={messages.policy}>
            <Choice options={POLICIES} chosen={draft.policy} none={none} onChoose={(policy) => change({ policy })} />
          </FormField>
          <FormField label={messages.fields}>
            <FieldChoice
              chosen={draft.fields}
              placeholder={messages.allFields}
              onChoose={(fields) => change({ fields })}
            />
          </FormField>
        </ColumnLayout>
        <Checkbox
          checked={draft.force}
          description={messages.forceHint}
          onChange={({ detail }) => change({ force: detail.checked })}
        >
          {messages.force}
        </Checkbox>
      </SpaceBetween>
    </Container>
  );
}
