import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';

import { text } from '../messages';
import { upgradeOffer } from '../ui/notices';
import { summary, type Summary } from './summary';
import type { Transfer } from './uploads';
import { useTransfers, useUploads } from './UploadsProvider';
import './uploads.css';

const SHOWN = 100;
const messages = text.uploads;

/** What is on its way, in the corner of every page. */
export default function UploadPanel() {
  const uploads = useUploads();
  const transfers = useTransfers();
  const [open, setOpen] = useState(true);
  const all = summary(transfers);
  const { failed, isBusy, ordered } = all;
  const offer = upgradeOffer(failed.find(({ error }) => error)?.error);
  return (
    <section className="uploads" aria-label={messages.title}>
      <header>
        <Box variant="h3" tagOverride="h2">
          {messages.title}
        </Box>
        <SpaceBetween direction="horizontal" size="xxs">
          <Button
            variant="icon"
            iconName={open ? 'angle-down' : 'angle-up'}
            ariaLabel={open ? messages.collapse : messages.expand}
            ariaExpanded={open}
            onClick={() => setOpen(!open)}
          />
          {!isBusy && <Button variant="icon" iconName="close" ariaLabel={messages.close} onClick={() => uploads.clear()} />}
        </SpaceBetween>
      </header>
      <Overall summary={all} />
      {open && (
        <ul tabIndex={0}>
          {ordered.slice(0, SHOWN).map((transfer) => (
            <Row key={transfer.key} transfer={transfer} onCancel={() => uploads.cancel(transfer.key)} />
          ))}
          {ordered.length > SHOWN && <li>{messages.more(ordered.length - SHOWN)}</li>}
        </ul>
      )}
      <SpaceBetween direction="horizontal" size="xs">
        {isBusy && <Button onClick={() => uploads.cancelAll()}>{messages.cancelAll}</Button>}
        {failed.some(({ error }) => error) && (
          <Button iconName="refresh" onClick={() => uploads.retry(failed.filter(({ error }) => error).map(({ key }) => key))}>
            {messages.retryAll}
          </Button>
        )}
        {offer}
      </SpaceBetween>
    </section>
  );
}

function Overall({ summary: { done, all, percent, failed, isBusy } }: { summary: Summary }) {
  const ended = failed.length > 0 ? 'error' : 'success';
  return (
    <ProgressBar
      value={percent}
      ariaLabel={messages.title}
      status={isBusy ? 'in-progress' : ended}
      additionalInfo={isBusy ? messages.progress(done, all) : undefined}
      resultText={failed.length > 0 ? messages.failed(failed.length) : messages.done(done)}
    />
  );
}

const INDICATORS: Readonly<Record<Transfer['state'], StatusIndicatorProps.Type>> = {
  waiting: 'pending',
  sending: 'in-progress',
  sent: 'success',
  failed: 'error',
  cancelled: 'stopped',
};

function Row({ transfer: { file, state, sent, reason }, onCancel }: { transfer: Transfer; onCancel: () => void }) {
  const isOpen = state === 'waiting' || state === 'sending';
  return (
    <li>
      <div className="uploads-name">
        <StatusIndicator type={INDICATORS[state]} iconAriaLabel={messages.states[state]}>
          {file.name}
        </StatusIndicator>
        {reason && (
          <Box fontSize="body-s" color="text-body-secondary">
            {reason}
          </Box>
        )}
        {state === 'sending' && <progress max={file.size} value={sent} aria-label={file.name} />}
      </div>
      {isOpen && <Button variant="icon" iconName="close" ariaLabel={messages.cancel(file.name)} onClick={onCancel} />}
    </li>
  );
}
