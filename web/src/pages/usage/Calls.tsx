import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { useInfiniteQuery } from '@tanstack/react-query';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';
import { moment, spoken } from '../../messages/format';
import { Empty } from '../../ui/Empty';
import { Paged } from '../../ui/Paged';
import { providerName } from '../../ui/options';
import { callsQuery } from './queries';

const messages = text.usage.calls;

type Call = Schemas['UsageRow'];

const COLUMNS: readonly TableProps.ColumnDefinition<Call>[] = [
  { id: 'time', header: messages.columns.time, cell: ({ time }) => moment(time), isRowHeader: true, minWidth: 200 },
  { id: 'model', header: messages.columns.model, cell: ({ provider, model }) => model || providerName(provider), minWidth: 140 },
  { id: 'purpose', header: messages.columns.purpose, cell: ({ purpose }) => messages.purposes[purpose] ?? spoken(purpose), minWidth: 90 },
  { id: 'outcome', header: messages.columns.outcome, cell: (call) => <Outcome call={call} />, minWidth: 150 },
  { id: 'tokens', header: messages.columns.tokens, cell: (call) => messages.tokens(call.inputTokens, call.outputTokens), minWidth: 140 },
  { id: 'cost', header: messages.columns.cost, cell: ({ costUsd }) => messages.cost(costUsd), minWidth: 90 },
  { id: 'latency', header: messages.columns.latency, cell: ({ latencyMs }) => text.usage.ai.milliseconds(latencyMs), minWidth: 90 },
  { id: 'payer', header: messages.columns.payer, cell: ({ payer }) => messages.payers[payer] ?? payer, minWidth: 90 },
];

function Outcome({ call: { outcome, code } }: { call: Call }) {
  return (
    <StatusIndicator type={outcome === 'ok' ? 'success' : 'error'}>
      {messages.outcomes[outcome] ?? spoken(code ?? outcome)}
    </StatusIndicator>
  );
}

export function Calls() {
  const pages = useInfiniteQuery(callsQuery);
  return (
    <Paged
      label={text.usage.history.calls}
      header={<Header>{text.usage.history.calls}</Header>}
      items={pages.data?.pages.flatMap((page) => page.calls) ?? []}
      columns={COLUMNS}
      pages={pages}
      loading={messages.loading}
      empty={<Empty title={messages.empty.title} explanation={messages.empty.text} />}
    />
  );
}
