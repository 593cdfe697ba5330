import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Token from '@cloudscape-design/components/token';
import { useState } from 'react';
import { Link } from 'react-router';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { Provenance } from './Provenance';
import { withTags } from './tags';

const messages = text.image;

interface Props {
  tags: readonly string[];
  origin: Schemas['ProvenanceView'] | undefined;
  error: string | undefined;
  onChange: (tags: string[]) => void;
}

export function TagField({ tags, origin, error, onChange }: Props) {
  const [typed, setTyped] = useState('');
  const add = () => {
    onChange(withTags(tags, typed));
    setTyped('');
  };
  return (
    <FormField
      stretch
      label={
        <span className="field-label">
          {messages.fields.tags} <Provenance origin={origin} />
        </span>
      }
      constraintText={messages.hints.tags}
      errorText={error}
    >
      <SpaceBetween size="xs">
        <Input
          value={typed}
          placeholder={messages.addTag}
          onChange={({ detail }) => setTyped(detail.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.detail.key !== 'Enter' || event.detail.isComposing || !typed.trim()) return;
            event.preventDefault();
            add();
          }}
        />
        <ul className="tag-list">
          {tags.map((tag) => (
            <li key={tag}>
              <Token
                label={
                  <Link to={`/?${new URLSearchParams({ tag })}`} title={messages.findTag(tag)}>
                    {tag}
                  </Link>
                }
                dismissLabel={messages.removeTag(tag)}
                onDismiss={() => onChange(tags.filter((other) => other !== tag))}
              />
            </li>
          ))}
        </ul>
      </SpaceBetween>
    </FormField>
  );
}
