import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { text } from '../../messages';
import { moment } from '../../messages/format';
import { useNotices } from '../../ui/notices';
import { TextField } from '../../ui/TextField';
import { addressFault, linesOf, MOST_ADDRESSES } from './drafts';
import { Imports } from './Imports';
import { connectDropbox, disconnectDropbox, importsQuery, startImport, type Settings } from './queries';
import { Removal } from './Removal';
import { SendForm } from './SendForm';
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
      {dropbox?.status === 'active' && <FolderForm />}
      <AddressForm />
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
    <SendForm submit={submit} isPending={isPending} error={error} onSubmit={send}>
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
    </SendForm>
  );
}

function useImport(after?: () => void) {
  const cache = useQueryClient();
  const notices = useNotices();
  return useMutation({
    mutationFn: startImport,
    onSuccess: () => {
      notices.success(messages.started);
      after?.();
      void cache.invalidateQueries({ queryKey: importsQuery.queryKey });
    },
  });
}

function FolderForm() {
  const [path, setPath] = useState('');
  const [recursive, setRecursive] = useState(true);
  const { mutate, isPending, error } = useImport();
  return (
    <Container header={<Header variant="h2">{messages.importTitle}</Header>}>
      <SendForm
        submit={messages.start}
        isPending={isPending}
        error={error}
        onSubmit={() => mutate({ source: 'dropbox', path: path.trim(), recursive })}
      >
        <TextField label={messages.path} isOptional hint={messages.pathHint} value={path} onChange={setPath} />
        <Checkbox checked={recursive} onChange={({ detail }) => setRecursive(detail.checked)}>
          {messages.recursive}
        </Checkbox>
      </SendForm>
    </Container>
  );
}

/** Images that stand somewhere on the web. */
function AddressForm() {
  const [typed, setTyped] = useState('');
  const [isTried, setTried] = useState(false);
  const { mutate, isPending, error } = useImport(() => {
    setTyped('');
    setTried(false);
  });
  const addresses = linesOf(typed);
  const fault = addressFault(addresses);
  const send = () => {
    setTried(true);
    if (!fault) mutate({ source: 'url', urls: addresses, path: '', recursive: true });
  };
  return (
    <Container
      header={
        <Header variant="h2" description={messages.addressesAbout}>
          {messages.addressesTitle}
        </Header>
      }
    >
      <SendForm submit={messages.start} isPending={isPending} error={error} onSubmit={send}>
        <FormField
          label={messages.addresses}
          constraintText={messages.addressesHint(MOST_ADDRESSES)}
          errorText={isTried && fault && messages.addressFaults[fault]}
          stretch
        >
          <Textarea
            value={typed}
            rows={4}
            placeholder="https://example.com/images/bridge.jpg"
            onChange={({ detail }) => setTyped(detail.value)}
          />
        </FormField>
      </SendForm>
    </Container>
  );
}
