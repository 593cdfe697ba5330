import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { useQuery } from '@tanstack/react-query';

import type { Schemas } from '../api/client';
import { quotaQuery } from '../api/queries';
import { text } from '../messages';
import { Refused } from './Refused';

const messages = text.usage.plan;

type Meter = Schemas['MeterView'];

/** The plan, what is left of it, and the way to a larger one where there is any. */
export function PlanCard() {
  const { data: quota, error } = useQuery(quotaQuery);
  if (error) return <Refused error={error} />;
  const plan = quota?.plan ?? '';
  const meters = quota ? Object.values(quota.meters) : [];
  const resetsAt = meters[0]?.resetsAt;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={resetsAt ? messages.resets(resetsAt) : ' '}
          actions={
            quota?.upgradeUrl && (
              <Button variant="primary" href={quota.upgradeUrl} target="_blank" iconName="external" iconAlign="right">
                {messages.upgrade}
              </Button>
            )
          }
        >
          {messages.title(messages.names[plan] ?? plan)}
        </Header>
      }
    >
      <ColumnLayout columns={2} minColumnWidth={260}>
        {meters.map((meter) => (
          <MeterBar key={meter.meter} meter={meter} />
        ))}
      </ColumnLayout>
    </Container>
  );
}

function MeterBar({ meter }: { meter: Meter }) {
  const { used, held, limit, bonus, remaining } = meter;
  const notes = [held > 0 && messages.held(held), bonus > 0 && messages.bonus(bonus)].filter(Boolean);
  return (
    <div>
      <Box variant="awsui-key-label">{messages.meters[meter.meter]}</Box>
      <Box variant="awsui-value-large">{messages.left(remaining)}</Box>
      <ProgressBar
        value={limit ? Math.min(100, ((used + held) / limit) * 100) : 0}
        ariaLabel={messages.meters[meter.meter] ?? meter.meter}
        additionalInfo={[messages.used(used, limit), ...notes].join(' · ')}
      />
    </div>
  );
}
