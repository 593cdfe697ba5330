import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';

import { text } from '../../messages';
import { FIELDS } from '../../messages/en/jobs';
import { Choice } from '../../ui/Choice';
import { LANGUAGE_OPTIONS, POLICIES } from '../../ui/options';
import { TextField } from '../../ui/TextField';
import { areFit, MOST_TERMS, preferencesOf, textsOf, withPolicy, type TermList, type TextsDraft } from './drafts';
import { FormFrame } from './FormFrame';
import type { Settings } from './queries';
import { useForm } from './useForm';

const messages = text.settings.texts;
const LISTS: readonly TermList[] = ['keywords', 'avoid', 'vocabulary'];

interface PartProps {
  draft: TextsDraft;
  change: (changes: Partial<TextsDraft>) => void;
}

/** Context, language and overwriting. */
export function TextsTab({ settings }: { settings: Settings }) {
  const form = useForm(settings, textsOf);
  const { draft, change, save } = form;
  const isFit = LISTS.every((list) => areFit(draft[list], list));
  return (
    <FormFrame form={form} isFit={isFit} onSave={() => save(preferencesOf(draft))}>
      <Context draft={draft} change={change} />
      <Overwriting draft={draft} change={change} />
    </FormFrame>
  );
}

function Context({ draft, change }: PartProps) {
  return (
    <Container
      header={
        <Header variant="h2" description={messages.contextAbout}>
          {messages.context}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ColumnLayout columns={2} minColumnWidth={260}>
          <TextField label={messages.brand} hint={messages.brandHint} value={draft.brand} onChange={(brand) => change({ brand })} />
          <TextField
            label={messages.audience}
            hint={messages.audienceHint}
            value={draft.audience}
            onChange={(audience) => change({ audience })}
          />
          <TextField label={messages.tone} hint={messages.toneHint} value={draft.tone} onChange={(tone) => change({ tone })} />
          <FormField label={messages.language}>
            <Choice
              options={LANGUAGE_OPTIONS.filter(({ value }) => value !== 'en')}
              chosen={draft.language === 'en' ? null : draft.language}
              none={messages.languageNone}
              onChoose={(language) => change({ language })}
            />
          </FormField>
        </ColumnLayout>
        <ColumnLayout columns={3} minColumnWidth={220}>
          {LISTS.map((list) => (
            <FormField
              key={list}
              label={messages[list]}
              constraintText={messages.lines}
              errorText={areFit(draft[list], list) ? undefined : messages.tooMany(MOST_TERMS[list])}
            >
              <Textarea value={draft[list]} rows={4} onChange={({ detail }) => change({ [list]: detail.value })} />
            </FormField>
          ))}
        </ColumnLayout>
      </SpaceBetween>
    </Container>
  );
}

function Overwriting({ draft: { policy, policies }, change }: PartProps) {
  return (
    <Container
      header={
        <Header variant="h2" description={messages.overwritingAbout}>
          {messages.overwriting}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label={messages.policy}>
          <RadioGroup
            items={POLICIES}
            value={policy}
            onChange={({ detail }) => change({ policy: detail.value as TextsDraft['policy'] })}
          />
        </FormField>
        <ExpandableSection headerText={messages.perField} defaultExpanded={Object.keys(policies).length > 0}>
          <ColumnLayout columns={2} minColumnWidth={260}>
            {FIELDS.map((field) => (
              <FormField key={field} label={text.image.fields[field]}>
                <Choice
                  options={POLICIES}
                  chosen={policies[field] ?? null}
                  none={messages.asGeneral}
                  onChoose={(chosen) => change({ policies: withPolicy(policies, field, chosen) })}
                />
              </FormField>
            ))}
          </ColumnLayout>
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
}
