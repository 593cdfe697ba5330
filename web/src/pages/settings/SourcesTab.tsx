import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { text } from '../../messages';
import { moment } from '../../messages/format';
import { useNotices } from '../../ui/notices';
import { TextField } from '../../ui/TextField';
import { Imports } from './Imports';
import { connectDropbox, disconnectDropbox, importsQuery, startImport, type Settings } from './queries';
import { Removal } from './Removal';
import { SecretForm } from './SecretForm';
import { useSecret } from './useSecret';

const messages = text.settings.sources;

type Connection = Settings['sources'][number];

/** Where images come from beside uploads. */
export function SourcesTab({ settings }: { settings: Settings }) {
  const dropbox = settings.sources.find(({ source }) => source === 'dropbox');
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description={messages.about}
            actions={
              dropbox && (
                <Removal
                  label={messages.disconnect}
                  title={messages.disconnectTitle}
                  explanation={messages.disconnectText}
                  said={messages.isDisconnected}
                  remove={disconnectDropbox}
                />
              )
            }
          >
            {messages.dropbox}
          </Header>
        }
      >
        {dropbox ? <Connected connection={dropbox} /> : <Connect submit={messages.connect} />}
      </Container>
      {dropbox?.status === 'active' && <ImportForm />}
      <Imports />
    </SpaceBetween>
  );
}

function Connected({ connection: { account, status, connectedAt } }: { connection: Connection }) {
  const isRefused = status === 'refused';
  return (
    <SpaceBetween size="l">
      {isRefused && <Alert type="error">{messages.refused}</Alert>}
      <KeyValuePairs
        columns={3}
        items={[
          { label: messages.account, value: account },
          {
            label: messages.state,
            value: <StatusIndicator type={isRefused ? 'error' : 'success'}>{messages.status[status]}</StatusIndicator>,
          },
          { label: messages.connected, value: moment(connectedAt) },
        ]}
      />
      <ExpandableSection headerText={messages.reconnect} defaultExpanded={isRefused}>
        <Connect submit={messages.reconnect} />
      </ExpandableSection>
    </SpaceBetween>
  );
}

const EMPTY = { token: '', appKey: '', appSecret: '' };

function Connect({ submit }: { submit: string }) {
  const [draft, setDraft] = useState(EMPTY);
  const [isTried, setTried] = useState(false);
  const { mutate, isPending, error } = useSecret(connectDropbox, messages.isConnected, () => setDraft(EMPTY));
  const change = (changes: Partial<typeof EMPTY>) => setDraft((before) => ({ ...before, ...changes }));
  const token = draft.token.trim();
  const send = () => {
    setTried(true);
    if (!token) return;
    mutate({ refreshToken: token, appKey: draft.appKey.trim(), appSecret: draft.appSecret.trim() || null });
  };
  return (
    <SecretForm submit={submit} isPending={isPending} error={error} onSubmit={send}>
      <TextField
        label={messages.token}
        isSecret
        hint={messages.tokenHint}
        fault={isTried && !token ? messages.missing : undefined}
        value={draft.token}
        onChange={(value) => change({ token: value })}
      />
      <ColumnLayout columns={2} minColumnWidth={260}>
        <TextField
          label={messages.appKey}
          isOptional
          hint={messages.appHint}
          value={draft.appKey}
          onChange={(appKey) => change({ appKey })}
        />
        <TextField
          label={messages.appSecret}
          isOptional
          isSecret
          value={draft.appSecret}
          onChange={(appSecret) => change({ appSecret })}
        />
      </ColumnLayout>
    </SecretForm>
  );
}

function ImportForm() {
  const cache = useQueryClient();
  const notices = useNotices();
  const [path, setPath] = useState('');
  const [recursive, setRecursive] = useState(true);
  const { mutate, isPending } = useMutation({
    mutationFn: () => startImport(path.trim(), recursive),
    onSuccess: () => {
      notices.success(messages.started);
      void cache.invalidateQueries({ queryKey: importsQuery.queryKey });
    },
    onError: (error) => notices.error(error),
  });
  return (
    <Container header={<Header variant="h2">{messages.importTitle}</Header>}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          mutate();
        }}
      >
        <Form actions={<Button loading={isPending}>{messages.start}</Button>}>
          <SpaceBetween size="l">
            <TextField label={messages.path} isOptional hint={messages.pathHint} value={path} onChange={setPath} />
            <Checkbox checked={recursive} onChange={({ detail }) => setRecursive(detail.checked)}>
              {messages.recursive}
            </Checkbox>
          </SpaceBetween>
        </Form>
      </form>
    </Container>
  );
}
