import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useLocation } from 'react-router';

import { text } from '../../messages';
import { integer } from '../../messages/format';
import { Choice } from '../../ui/Choice';
import { MOST_INPUTS, MOST_PICTURES, newDraft, RATIOS, type Draft, type Quality, type Style } from './draft';
import { ImagePicker } from './ImagePicker';
import { Templates } from './Templates';

const messages = text.studio.create;

const STYLES = (Object.keys(messages.styles) as Style[]).map((value) => ({ value, label: messages.styles[value] }));
const QUALITIES = (Object.keys(messages.qualities) as Quality[]).map((value) => ({ value, label: messages.qualities[value] }));
const MODELS = Object.entries(messages.models).map(([value, words]) => ({ value, ...words }));
const SHAPES = RATIOS.map((value) => ({ value, label: value }));
const COUNTS = Array.from({ length: MOST_PICTURES }, (_, index) => String(index + 1)).map((value) => ({
  value,
  label: integer(Number(value)),
}));

/** A template may name a model by itself. */
const modelsWith = (model: string) =>
  MODELS.some(({ value }) => value === model) ? MODELS : [...MODELS, { value: model, label: model }];

interface Props {
  isPending: boolean;
  onSubmit: (draft: Draft) => void;
}

/** The first step: which products, and how. */
export function DraftForm({ isPending, onSubmit }: Props) {
  const { state } = useLocation() as { state: { ids?: string[] } | null };
  const [draft, setDraft] = useState(() => newDraft(state?.ids ?? []));
  const [isTried, setTried] = useState(false);
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const isFit = draft.products.length > 0;
  const submit = () => {
    setTried(true);
    if (isFit) onSubmit(draft);
  };
  return (
    <Container header={<Header variant="h2">{messages.title}</Header>}>
      <SpaceBetween size="l">
        <FormField
          label={messages.products}
          description={messages.productsHint(MOST_INPUTS)}
          constraintText={messages.chosen(draft.products.length, MOST_INPUTS)}
          errorText={isTried && !isFit ? messages.none : undefined}
          stretch
        >
          <ImagePicker label={messages.products} chosen={draft.products} onChoose={(products) => change({ products })} />
        </FormField>
        <Look draft={draft} change={change} />
        <ExpandableSection headerText={messages.people}>
          <FormField
            description={messages.peopleHint}
            constraintText={messages.chosen(draft.people.length, MOST_INPUTS)}
            stretch
          >
            <ImagePicker label={messages.people} chosen={draft.people} onChoose={(people) => change({ people })} />
          </FormField>
        </ExpandableSection>
        <Templates draft={draft} onApply={setDraft} />
        <Button variant="primary" fullWidth loading={isPending} onClick={submit}>
          {messages.submit}
        </Button>
      </SpaceBetween>
    </Container>
  );
}

function Look({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
  return (
    <SpaceBetween size="l">
      <ColumnLayout columns={2} minColumnWidth={140}>
        <FormField label={messages.style}>
          <Choice options={STYLES} chosen={draft.style} onChoose={(style) => style && change({ style })} />
        </FormField>
        <FormField label={messages.model}>
          <Choice options={modelsWith(draft.model)} chosen={draft.model} onChoose={(model) => model && change({ model })} />
        </FormField>
        <FormField label={messages.ratio}>
          <Choice options={SHAPES} chosen={draft.ratio} onChoose={(ratio) => ratio && change({ ratio })} />
        </FormField>
        <FormField label={messages.count}>
          <Choice options={COUNTS} chosen={String(draft.count)} onChoose={(count) => count && change({ count: Number(count) })} />
        </FormField>
        <FormField label={messages.quality}>
          <Choice options={QUALITIES} chosen={draft.quality} onChoose={(quality) => quality && change({ quality })} />
        </FormField>
      </ColumnLayout>
      <FormField label={messages.wish} constraintText={messages.wishHint} stretch>
        <Textarea value={draft.wish} rows={2} onChange={({ detail }) => change({ wish: detail.value })} />
      </FormField>
    </SpaceBetween>
  );
}
