import Alert from '@cloudscape-design/components/alert';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';

import { text } from '../../messages';
import { moment } from '../../messages/format';
import { providerName } from '../../ui/options';
import { TextField } from '../../ui/TextField';
import { isWhole } from './drafts';
import { removeKey, saveKey, type Settings } from './queries';
import { Removal } from './Removal';
import { SendForm } from './SendForm';
import { useSecret } from './useSecret';

const messages = text.settings.ai;
const SHORTEST = 8;
const MOST_PER_MINUTE = 100_000;

type Key = Settings['providerKeys'][number];

/** The key that the user brings: what may be told of it, and a form for another. */
export function KeyCard({ keys }: { keys: readonly Key[] }) {
  const key = keys[0];
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={messages.keyAbout}
          actions={
            key && (
              <Removal
                label={messages.remove}
                title={messages.removeTitle}
                explanation={messages.removeText}
                said={messages.removed}
                remove={removeKey}
              />
            )
          }
        >
          {messages.key}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {key?.status === 'refused' && <Alert type="error">{messages.refused}</Alert>}
        {key?.status === 'exhausted' && <Alert type="warning">{messages.exhausted(key.restsUntil)}</Alert>}
        {key && <Known held={key} />}
        <KeyForm submit={key ? messages.replace : messages.add} />
      </SpaceBetween>
    </Container>
  );
}

function Known({ held }: { held: Key }) {
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: providerName(held.provider), value: messages.ending(held.last4) },
        {
          label: text.settings.sources.state,
          value: (
            <StatusIndicator type={held.status === 'active' ? 'success' : 'error'}>
              {messages.status[held.status]} {held.statusSince && messages.since(held.statusSince)}
            </StatusIndicator>
          ),
        },
        { label: messages.model, value: held.model || messages.asInstalled },
        { label: messages.added, value: moment(held.createdAt) },
      ]}
    />
  );
}

const EMPTY = { key: '', baseUrl: '', model: '', perMinute: '' };

function KeyForm({ submit }: { submit: string }) {
  const [draft, setDraft] = useState(EMPTY);
  const [isTried, setTried] = useState(false);
  const { mutate, isPending, error } = useSecret(saveKey, messages.kept, () => {
    setDraft(EMPTY);
    setTried(false);
  });
  const change = (changes: Partial<typeof EMPTY>) => setDraft((before) => ({ ...before, ...changes }));
  const isPaced = !draft.perMinute || isWhole(draft.perMinute, 1, MOST_PER_MINUTE);
  const isLong = draft.key.trim().length >= SHORTEST;
  const send = () => {
    setTried(true);
    if (!isLong || !isPaced) return;
    mutate({
      provider: 'openai',
      key: draft.key.trim(),
      baseUrl: draft.baseUrl.trim(),
      model: draft.model.trim() || null,
      requestsPerMinute: draft.perMinute ? Number(draft.perMinute) : null,
    });
  };
  return (
    <SendForm submit={submit} isPending={isPending} error={error} onSubmit={send}>
      <ColumnLayout columns={2} minColumnWidth={260}>
        <TextField
          label={messages.secret}
          isSecret
          placeholder="sk-…"
          fault={isTried && !isLong ? messages.missing : undefined}
          value={draft.key}
          onChange={(key) => change({ key })}
        />
        <TextField
          label={messages.baseUrl}
          isOptional
          hint={messages.baseUrlHint}
          placeholder="https://api.openai.com/v1"
          value={draft.baseUrl}
          onChange={(baseUrl) => change({ baseUrl })}
        />
        <TextField label={messages.keyModel} isOptional value={draft.model} onChange={(model) => change({ model })} />
        <TextField
          label={messages.perMinute}
          isOptional
          inputMode="numeric"
          hint={messages.perMinuteHint}
          fault={isPaced ? undefined : messages.perMinuteFault}
          value={draft.perMinute}
          onChange={(perMinute) => change({ perMinute })}
        />
      </ColumnLayout>
    </SendForm>
  );
}
