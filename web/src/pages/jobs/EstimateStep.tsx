import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';

import type { Schemas } from '../../api/client';
import { quotaQuery } from '../../api/queries';
import { text } from '../../messages';
import { integer, spoken } from '../../messages/format';
import { Figures } from '../../ui/Figures';
import { upgradeTo } from '../../ui/notices';
import { Refused } from '../../ui/Refused';
import { TextField } from '../../ui/TextField';
import { faultsOf, MOST, type StepProps } from './draft';
import type { EstimateState } from './useEstimate';

const messages = text.jobs.wizard.estimate;

type Estimate = Schemas['EstimateView'];

/** What it comes to, before anything is changed. */
export function EstimateStep({ draft, change, estimate: { job, error, isWorking } }: StepProps & { estimate: EstimateState }) {
  if (error) return <Refused error={error} header={messages.failed} />;
  if (isWorking || !job) {
    return (
      <Container>
        <StatusIndicator type="loading">{messages.working}</StatusIndicator>
      </Container>
    );
  }
  const { estimate } = job;
  if (!estimate.toProcess) {
    return (
      <SpaceBetween size="l">
        <Alert type="info" header={messages.nothing.title}>
          {messages.nothing.text}
        </Alert>
        {estimate.matched > 0 && <Findings estimate={estimate} />}
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="l">
      <Short estimate={estimate} />
      <Findings estimate={estimate} />
      {(estimate.creditsNeeded > 0 || estimate.costUsd !== 0) && <Limits estimate={estimate} draft={draft} change={change} />}
    </SpaceBetween>
  );
}

function Short({ estimate: { creditsNeeded, creditsAvailable } }: { estimate: Estimate }) {
  const { data: quota } = useQuery(quotaQuery);
  if (creditsNeeded <= creditsAvailable) return null;
  return (
    <Alert type="warning" header={messages.short.title} action={upgradeTo(quota?.upgradeUrl)}>
      {messages.short.text(creditsNeeded - creditsAvailable)}
    </Alert>
  );
}

function Findings({ estimate }: { estimate: Estimate }) {
  const reasons = Object.entries(estimate.skipped);
  return (
    <Container>
      <SpaceBetween size="l">
        <Figures
          items={[
            { label: messages.matched, value: integer(estimate.matched) },
            { label: messages.process, value: integer(estimate.toProcess) },
            { label: messages.skipped, value: integer(estimate.matched - estimate.toProcess) },
          ]}
        />
        {reasons.length > 0 && (
          <KeyValuePairs
            columns={3}
            items={reasons.map(([reason, images]) => ({ label: text.jobs.reasons[reason] ?? spoken(reason), value: integer(images) }))}
          />
        )}
        <KeyValuePairs
          columns={3}
          items={[
            { label: messages.credits, value: creditsOf(estimate) },
            { label: messages.cost, value: costOf(estimate) },
            { label: messages.duration, value: messages.durationAbout(estimate.durationSeconds) },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

/** A job that needs none although it works is paid with the user's own key. */
function creditsOf({ toProcess, creditsNeeded, creditsAvailable }: Estimate): string {
  return toProcess > 0 && creditsNeeded === 0 ? messages.ownKey : messages.creditsOf(creditsNeeded, creditsAvailable);
}

function costOf({ costUsd }: Estimate): string {
  if (costUsd === null) return messages.costUnknown;
  return costUsd === 0 ? messages.costNothing : messages.costAbout(costUsd);
}

function Limits({ estimate, draft, change }: StepProps & { estimate: Estimate }) {
  const faults = faultsOf(draft);
  return (
    <Container header={<Header variant="h2">{messages.limits}</Header>}>
      <SpaceBetween size="l">
        <ColumnLayout columns={2} minColumnWidth={220}>
          {estimate.creditsNeeded > 0 && (
            <TextField
              label={messages.maxCredits}
              isOptional
              inputMode="numeric"
              fault={faults.maxCredits && text.jobs.wizard.images.number(1, MOST)}
              value={draft.maxCredits}
              onChange={(maxCredits) => change({ maxCredits })}
            />
          )}
          {estimate.costUsd !== 0 && (
            <TextField
              label={messages.maxCost}
              isOptional
              inputMode="decimal"
              fault={faults.maxCost && messages.maxCostFault}
              value={draft.maxCost}
              onChange={(maxCost) => change({ maxCost })}
            />
          )}
        </ColumnLayout>
        {estimate.creditsNeeded > 0 && (
          <Checkbox checked={draft.autoResume} onChange={({ detail }) => change({ autoResume: detail.checked })}>
            {messages.autoResume}
          </Checkbox>
        )}
      </SpaceBetween>
    </Container>
  );
}
