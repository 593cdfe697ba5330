import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { text } from '../../messages';
import { Choice } from '../../ui/Choice';
import { PROVIDERS } from '../../ui/options';
import { TextField } from '../../ui/TextField';
import { aiOf, aiPreferencesOf, isAmount, type AiDraft } from './drafts';
import { FormFrame } from './FormFrame';
import { KeyCard } from './KeyCard';
import type { Settings } from './queries';
import { useForm } from './useForm';

const messages = text.settings.ai;
const DETAILS = (['low', 'high'] as const).map((value) => ({ value, label: messages.details[value] }));

/** Who describes, and with whose key. */
export function AiTab({ settings }: { settings: Settings }) {
  return (
    <SpaceBetween size="l">
      <Provider settings={settings} />
      <KeyCard keys={settings.providerKeys} />
    </SpaceBetween>
  );
}

function Provider({ settings }: { settings: Settings }) {
  const form = useForm(settings, aiOf);
  const { draft, change, save } = form;
  return (
    <FormFrame form={form} isFit={isAmount(draft.cap)} onSave={() => save(aiPreferencesOf(draft))}>
      <Container
        header={
          <Header variant="h2" description={messages.providerAbout}>
            {messages.provider}
          </Header>
        }
      >
        <SpaceBetween size="l">
          <ColumnLayout columns={2} minColumnWidth={260}>
            <FormField label={messages.provider}>
              <Choice
                options={PROVIDERS}
                chosen={draft.provider}
                none={messages.asInstalled}
                onChoose={(provider) => change({ provider })}
              />
            </FormField>
            {draft.provider && draft.provider !== 'heuristic' && (
              <TextField label={messages.model} hint={messages.modelHint} value={draft.model} onChange={(model) => change({ model })} />
            )}
          </ColumnLayout>
          <FormField label={messages.detail}>
            <RadioGroup
              items={DETAILS}
              value={draft.detail}
              onChange={({ detail }) => change({ detail: detail.value as AiDraft['detail'] })}
            />
          </FormField>
          <Checkbox
            checked={draft.fallback}
            description={messages.fallbackHint}
            onChange={({ detail }) => change({ fallback: detail.checked })}
          >
            {messages.fallback}
          </Checkbox>
          <ColumnLayout columns={2} minColumnWidth={260}>
            <TextField
              label={messages.cap}
              hint={messages.capHint}
              inputMode="decimal"
              fault={isAmount(draft.cap) ? undefined : messages.capFault}
              value={draft.cap}
              onChange={(cap) => change({ cap })}
            />
          </ColumnLayout>
        </SpaceBetween>
      </Container>
    </FormFrame>
  );
}
