import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { settingsQuery } from '../../api/queries';
import { text } from '../../messages';
import { moment, spoken } from '../../messages/format';
import { useNotices } from '../../ui/notices';
import { TextField } from '../../ui/TextField';
import { removeWebhook, saveWebhook, testWebhook, type Settings } from './queries';
import { Removal } from './Removal';
import { SendForm } from './SendForm';
import { useSecret } from './useSecret';

const messages = text.settings.webhook;
const SHORTEST = 16;
const OUTCOME_MS = 3000;

type Webhook = NonNullable<Settings['webhook']>;
type Delivery = NonNullable<Webhook['lastDelivery']>;

/** The address that is told when something ends. */
export function WebhookTab({ settings: { webhook } }: { settings: Settings }) {
  return (
    <Container
      header={
        <Header variant="h2" description={messages.about} actions={webhook && <Actions />}>
          {messages.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {webhook && <Known webhook={webhook} />}
        <WebhookForm known={webhook?.url ?? ''} />
      </SpaceBetween>
    </Container>
  );
}

function Actions() {
  const notices = useNotices();
  const { mutate, isPending } = useSecret(testWebhook, messages.tested);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button loading={isPending} onClick={() => mutate(undefined, { onError: (error) => notices.error(error) })}>
        {messages.test}
      </Button>
      <Removal
        label={messages.remove}
        title={messages.removeTitle}
        explanation={messages.removeText}
        said={messages.removed}
        remove={removeWebhook}
      />
    </SpaceBetween>
  );
}

/** Nothing tells of deliveries, so that it is asked for them while somebody looks. */
function Known({ webhook: { url, createdAt, lastDelivery } }: { webhook: Webhook }) {
  useQuery({ ...settingsQuery, refetchInterval: OUTCOME_MS });
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: messages.url, value: url },
        { label: messages.added, value: moment(createdAt) },
        { label: messages.last, value: lastDelivery ? <Outcome delivery={lastDelivery} /> : messages.none },
      ]}
    />
  );
}

function Outcome({ delivery: { delivered, at, status, error, attempts } }: { delivery: Delivery }) {
  if (delivered) return <StatusIndicator type="success">{messages.delivered(at)}</StatusIndicator>;
  const why = status === null ? spoken(error ?? '') : messages.answer(status);
  return <StatusIndicator type="error">{messages.failed(why, attempts)}</StatusIndicator>;
}

function WebhookForm({ known }: { known: string }) {
  const [url, setUrl] = useState(known);
  const [secret, setSecret] = useState('');
  const [isTried, setTried] = useState(false);
  const { mutate, isPending, error } = useSecret(saveWebhook, messages.saved, () => {
    setSecret('');
    setTried(false);
  });
  const isFit = url.trim() !== '' && secret.length >= SHORTEST;
  const send = () => {
    setTried(true);
    if (isFit) mutate({ url: url.trim(), secret });
  };
  return (
    <SendForm submit={messages.save} isPending={isPending} error={error} onSubmit={send}>
      <ColumnLayout columns={2} minColumnWidth={260}>
        <TextField
          label={messages.url}
          hint={messages.urlHint}
          placeholder="https://example.com/hooks/gloss"
          value={url}
          onChange={setUrl}
        />
        <TextField
          label={messages.secret}
          isSecret
          hint={messages.secretHint}
          fault={isTried && !isFit ? messages.missing : undefined}
          value={secret}
          onChange={setSecret}
        />
      </ColumnLayout>
    </SendForm>
  );
}
