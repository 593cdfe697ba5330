import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import { list } from '../../messages/format';
import { Unsaved } from '../../ui/Unsaved';
import { LONGEST, RECOMMENDED, type TextField } from './draft';
import { Provenance } from './Provenance';
import { TagField } from './TagField';
import { useDraft, type Draft } from './useDraft';

const messages = text.image;
const ROWS: Readonly<Record<TextField, number>> = { title: 1, altText: 2, caption: 2, description: 5 };

/** The texts of an image, each with where it came from. */
export function MetadataForm({ image }: { image: ImageView }) {
  const draft = useDraft(image);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.save();
      }}
    >
      <Unsaved isEdited={draft.isEdited && !draft.isSaving} />
      <Container
        header={<Header variant="h2">{messages.metadata}</Header>}
        footer={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" formAction="submit" disabled={!draft.isEdited} loading={draft.isSaving}>
              {draft.conflicts.length > 0 ? messages.conflict.keep : messages.save}
            </Button>
            <Button formAction="none" disabled={!draft.isEdited} onClick={draft.discard}>
              {text.common.discard}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="m">
          <Conflict draft={draft} />
          <Text field="title" image={image} draft={draft} />
          <Text field="altText" image={image} draft={draft} />
          <Checkbox
            checked={draft.metadata.decorative}
            description={messages.hints.decorative}
            onChange={({ detail }) => draft.change({ decorative: detail.checked })}
          >
            {messages.fields.decorative}
          </Checkbox>
          <Text field="caption" image={image} draft={draft} />
          <Text field="description" image={image} draft={draft} />
          <TagField
            tags={draft.metadata.tags}
            origin={image.provenance.tags}
            error={draft.refused.tags}
            onChange={(tags) => draft.change({ tags })}
          />
          <FormField label={messages.fields.language} constraintText={messages.hints.language} errorText={draft.refused.language}>
            <Input value={draft.metadata.language} onChange={({ detail }) => draft.change({ language: detail.value })} />
          </FormField>
        </SpaceBetween>
      </Container>
    </form>
  );
}

function Conflict({ draft: { conflicts, takeTheirs } }: { draft: Draft }) {
  if (conflicts.length === 0) return null;
  const names = list(conflicts.map((field) => messages.fields[field]));
  return (
    <div role="alert">
      <Alert
        type="warning"
        header={messages.conflict.title}
        action={
          <Button formAction="none" onClick={takeTheirs}>
            {messages.conflict.take}
          </Button>
        }
      >
        {messages.conflict.text(names)}
      </Alert>
    </div>
  );
}

interface TextProps {
  field: TextField;
  image: ImageView;
  draft: Draft;
}

function Text({ field, image, draft }: TextProps) {
  const value = draft.metadata[field];
  const control = {
    value,
    onChange: ({ detail }: { detail: { value: string } }) => draft.change({ [field]: detail.value.slice(0, LONGEST[field]) }),
    disabled: field === 'altText' && draft.metadata.decorative,
  };
  return (
    <FormField
      stretch
      label={
        <span className="field-label">
          {messages.fields[field]} <Provenance origin={image.provenance[field]} />
        </span>
      }
      constraintText={
        <span className={value.length > RECOMMENDED[field] ? 'field-long' : undefined}>
          {messages.lengths[field](value.length, RECOMMENDED[field])}
        </span>
      }
      errorText={draft.refused[field]}
    >
      {ROWS[field] === 1 ? <Input {...control} spellcheck /> : <Textarea {...control} rows={ROWS[field]} spellcheck />}
    </FormField>
  );
}
