import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { compact, dollars, integer, shortDay } from '../../messages/format';
import { Empty } from '../../ui/Empty';
import { Figures } from '../../ui/Figures';
import { Refused } from '../../ui/Refused';
import { providerName } from '../../ui/options';
import { reportQuery } from './queries';
import { daysOf, seriesOf, type Metric } from './series';

const messages = text.usage.ai;
const METRICS = Object.entries(messages.metrics).map(([id, label]) => ({ id, text: label }));
const RANGES = [7, 30, 90].map((days) => ({ id: String(days), text: messages.days(days) }));
const HEIGHT = 240;

type Report = Schemas['UsageReport'];

/** What the AI was asked, by day and provider. */
export function AiUsage() {
  const [days, setDays] = useState(30);
  const [metric, setMetric] = useState<Metric>('calls');
  const { data: report, error } = useQuery({
    ...reportQuery(days, ['day', 'provider']),
    placeholderData: keepPreviousData,
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="s">
              <SegmentedControl
                label={messages.metric}
                selectedId={metric}
                options={METRICS}
                onChange={({ detail }) => setMetric(detail.selectedId as Metric)}
              />
              <SegmentedControl
                label={messages.range}
                selectedId={String(days)}
                options={RANGES}
                onChange={({ detail }) => setDays(Number(detail.selectedId))}
              />
            </SpaceBetween>
          }
        >
          {messages.title}
        </Header>
      }
    >
      {error ? (
        <Refused error={error} />
      ) : (
        <SpaceBetween size="l">
          <Chart report={report} metric={metric} />
          {report && <Totals total={report.total} />}
        </SpaceBetween>
      )}
    </Container>
  );
}

function Chart({ report, metric }: { report: Report | undefined; metric: Metric }) {
  const days = report ? daysOf(report) : [];
  const formatted = metric === 'cost' ? dollars : integer;
  return (
    <BarChart
      ariaLabel={messages.chart}
      series={report ? seriesOf(report.groups, days, metric, providerName) : []}
      statusType={report ? 'finished' : 'loading'}
      xScaleType="categorical"
      xDomain={days}
      xTitle={messages.day}
      yTitle={messages.metrics[metric]}
      height={HEIGHT}
      stackedBars
      hideFilter
      xTickFormatter={shortDay}
      yTickFormatter={metric === 'cost' ? dollars : compact}
      detailPopoverSeriesContent={({ series, y }) => ({ key: series.title, value: formatted(y) })}
      empty={<Empty title={messages.empty.title} explanation={messages.empty.text} />}
    />
  );
}

function Totals({ total }: { total: Report['total'] }) {
  const words = messages.totals;
  return (
    <SpaceBetween size="xs">
      <Figures
        items={[
          { label: words.calls, value: integer(total.calls) },
          { label: words.failures, value: integer(total.failures), isBad: total.failures > 0 },
          { label: words.input, value: compact(total.inputTokens) },
          { label: words.output, value: compact(total.outputTokens) },
          { label: words.cost, value: dollars(total.costUsd) },
          { label: words.latency, value: messages.milliseconds(total.averageLatencyMs) },
        ]}
      />
      {total.unpriced > 0 && <Box color="text-body-secondary">{messages.unpriced(total.unpriced)}</Box>}
    </SpaceBetween>
  );
}
