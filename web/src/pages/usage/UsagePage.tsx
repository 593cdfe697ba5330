import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';

import { text } from '../../messages';
import { PlanCard } from '../../ui/PlanCard';
import { useTitle } from '../../ui/title';
import { AiUsage } from './AiUsage';
import { Calls } from './Calls';
import { Journal } from './Journal';

const messages = text.usage;

export default function UsagePage() {
  useTitle(messages.title);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={messages.about}>
          {messages.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <PlanCard />
        <AiUsage />
        <Tabs
          ariaLabel={messages.history.label}
          tabs={[
            { id: 'journal', label: messages.history.journal, content: <Journal /> },
            { id: 'calls', label: messages.history.calls, content: <Calls /> },
          ]}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}
