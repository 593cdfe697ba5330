import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { text } from '../../messages';
import { Choice } from '../../ui/Choice';
import { useNotices } from '../../ui/notices';
import { TextField } from '../../ui/TextField';
import { configurationOf, isTemplateName, withTemplate, type Draft } from './draft';
import { deleteTemplate, saveTemplate, templatesQuery } from './queries';

const messages = text.studio.templates;

interface Props {
  draft: Draft;
  onApply: (draft: Draft) => void;
}

/** Ways of making pictures that were kept under a name. */
export function Templates({ draft, onApply }: Props) {
  const cache = useQueryClient();
  const notices = useNotices();
  const { data } = useQuery(templatesQuery);
  const [name, setName] = useState('');
  const templates = data?.templates ?? [];
  const kept = templates.find((template) => template.name === name);
  const changed = (said: (name: string) => string) => ({
    onSuccess: () => {
      notices.success(said(name));
      void cache.invalidateQueries({ queryKey: templatesQuery.queryKey });
    },
    onError: (error: unknown) => notices.error(error),
  });
  const saving = useMutation({ mutationFn: () => saveTemplate(name, configurationOf(draft)), ...changed(messages.saved) });
  const deleting = useMutation({ mutationFn: () => deleteTemplate(name), ...changed(messages.deleted) });
  const apply = (chosen: string | null) => {
    const template = templates.find((found) => found.name === chosen);
    setName(template?.name ?? '');
    if (template) onApply(withTemplate(draft, template));
  };
  return (
    <ExpandableSection headerText={messages.label}>
      <SpaceBetween size="m">
        {templates.length > 0 && (
          <FormField label={messages.label}>
            <Choice
              options={templates.map((template) => ({ value: template.name, label: template.name }))}
              chosen={kept?.name ?? null}
              none={messages.none}
              onChoose={apply}
            />
          </FormField>
        )}
        <TextField
          label={messages.name}
          hint={messages.nameHint}
          fault={name && !isTemplateName(name) ? messages.fault : undefined}
          value={name}
          onChange={setName}
        />
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!isTemplateName(name)} loading={saving.isPending} onClick={() => saving.mutate()}>
            {messages.save}
          </Button>
          {kept && (
            <Button loading={deleting.isPending} onClick={() => deleting.mutate()}>
              {messages.delete}
            </Button>
          )}
        </SpaceBetween>
      </SpaceBetween>
    </ExpandableSection>
  );
}
