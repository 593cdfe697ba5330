import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Spinner from '@cloudscape-design/components/spinner';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';

import { settingsQuery } from '../../api/queries';
import { text } from '../../messages';
import { PlanCard } from '../../ui/PlanCard';
import { Refused } from '../../ui/Refused';
import { useTitle } from '../../ui/title';
import { AiTab } from './AiTab';
import type { Settings } from './queries';
import { ScheduleTab } from './ScheduleTab';
import { SourcesTab } from './SourcesTab';
import { TextsTab } from './TextsTab';
import { WebhookTab } from './WebhookTab';

const messages = text.settings;

export default function SettingsPage() {
  useTitle(messages.title);
  const { data: settings, error } = useQuery(settingsQuery);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={messages.about}>
          {messages.title}
        </Header>
      }
    >
      {settings ? <Parts settings={settings} /> : error ? <Refused error={error} /> : <Spinner size="large" />}
    </ContentLayout>
  );
}

/** Which part is open stands in the address, so that it can be linked to. */
function Parts({ settings }: { settings: Settings }) {
  const [search, setSearch] = useSearchParams();
  const { label, ...names } = messages.tabs;
  return (
    <Tabs
      ariaLabel={label}
      activeTabId={search.get('tab') ?? 'texts'}
      onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
      tabs={[
        { id: 'texts', label: names.texts, content: <TextsTab settings={settings} /> },
        { id: 'ai', label: names.ai, content: <AiTab settings={settings} /> },
        { id: 'sources', label: names.sources, content: <SourcesTab settings={settings} /> },
        { id: 'schedule', label: names.schedule, content: <ScheduleTab settings={settings} /> },
        { id: 'webhook', label: names.webhook, content: <WebhookTab settings={settings} /> },
        { id: 'plan', label: names.plan, content: <PlanCard /> },
      ]}
    />
  );
}
