import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';

import { text } from '../../messages';
import { integer, moment } from '../../messages/format';
import { Choice } from '../../ui/Choice';
import { InnerLink } from '../../ui/InnerLink';
import { TextField } from '../../ui/TextField';
import { isWhole, scheduleOf, schedulePreferencesOf, type ScheduleDraft } from './drafts';
import { FormFrame } from './FormFrame';
import type { Settings } from './queries';
import { useForm } from './useForm';

const messages = text.settings.schedule;

/** What the API takes. */
const OLDEST_DAYS = 365;
const MOST_CREDITS = 1_000_000;

const EVERIES = (['daily', 'weekly'] as const).map((value) => ({ value, label: messages.everies[value] }));
const WEEKDAYS = (Object.keys(messages.weekdays) as (keyof typeof messages.weekdays)[]).map((value) => ({
  value,
  label: messages.weekdays[value],
}));
const HOURS = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: `${String(hour).padStart(2, '0')}:00` }));
const WORKS = (['missing', 'if_better'] as const).map((value) => ({
  value,
  label: messages.works[value],
  description: messages.explained[value],
}));

interface PartProps {
  draft: ScheduleDraft;
  change: (changes: Partial<ScheduleDraft>) => void;
}

const isOldEnough = ({ minAgeDays }: ScheduleDraft) => isWhole(minAgeDays, 0, OLDEST_DAYS);
const isPinned = ({ maxCredits }: ScheduleDraft) => isWhole(maxCredits, 1, MOST_CREDITS);

/** A job that begins by itself. */
export function ScheduleTab({ settings }: { settings: Settings }) {
  const form = useForm(settings, scheduleOf);
  const { draft, change, save } = form;
  const isFit = !draft.isOn || (isOldEnough(draft) && isPinned(draft));
  return (
    <FormFrame form={form} isFit={isFit} onSave={() => save(schedulePreferencesOf(draft))}>
      <Container
        header={
          <Header variant="h2" description={messages.about}>
            {messages.title}
          </Header>
        }
      >
        <SpaceBetween size="l">
          <Toggle checked={draft.isOn} onChange={({ detail }) => change({ isOn: detail.checked })}>
            {messages.on}
          </Toggle>
          {draft.isOn && <When draft={draft} change={change} />}
          {draft.isOn && <What draft={draft} change={change} />}
          {settings.scheduled && <Runs scheduled={settings.scheduled} />}
        </SpaceBetween>
      </Container>
    </FormFrame>
  );
}

function When({ draft, change }: PartProps) {
  return (
    <ColumnLayout columns={3} minColumnWidth={180}>
      <FormField label={messages.every}>
        <Choice options={EVERIES} chosen={draft.every} onChoose={(every) => change({ every: every ?? 'weekly' })} />
      </FormField>
      {draft.every === 'weekly' && (
        <FormField label={messages.weekday}>
          <Choice options={WEEKDAYS} chosen={draft.weekday} onChoose={(weekday) => change({ weekday: weekday ?? 'monday' })} />
        </FormField>
      )}
      <FormField label={messages.hour}>
        <Choice options={HOURS} chosen={draft.hour} onChoose={(hour) => change({ hour: hour ?? '0' })} />
      </FormField>
    </ColumnLayout>
  );
}

function What({ draft, change }: PartProps) {
  return (
    <SpaceBetween size="l">
      <FormField label={messages.work}>
        <RadioGroup
          items={WORKS}
          value={draft.work}
          onChange={({ detail }) => change({ work: detail.value as ScheduleDraft['work'] })}
        />
      </FormField>
      <ColumnLayout columns={2} minColumnWidth={220}>
        <TextField
          label={messages.maxCredits}
          hint={messages.maxCreditsHint}
          inputMode="numeric"
          fault={isPinned(draft) ? undefined : messages.number(1, integer(MOST_CREDITS))}
          value={draft.maxCredits}
          onChange={(maxCredits) => change({ maxCredits })}
        />
        {draft.work === 'if_better' && (
          <TextField
            label={messages.minAge}
            inputMode="numeric"
            fault={isOldEnough(draft) ? undefined : messages.number(0, integer(OLDEST_DAYS))}
            value={draft.minAgeDays}
            onChange={(minAgeDays) => change({ minAgeDays })}
          />
        )}
      </ColumnLayout>
    </SpaceBetween>
  );
}

function Runs({ scheduled: { nextAt, lastAt, lastJob, problem } }: { scheduled: NonNullable<Settings['scheduled']> }) {
  return (
    <KeyValuePairs
      columns={2}
      items={[
        { label: messages.next, value: nextAt ? moment(nextAt) : messages.never },
        {
          label: messages.last,
          value:
            lastAt && lastJob ? (
              <>
                {moment(lastAt)} · <InnerLink href={`/jobs/${lastJob}`}>{messages.show}</InnerLink>
              </>
            ) : (
              messages.never
            ),
        },
        ...(problem ? [{ label: messages.paused, value: problem }] : []),
      ]}
    />
  );
}
