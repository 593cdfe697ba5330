import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, data, once, type Schemas } from '../../api/client';
import { refreshImage } from '../../live/effects';
import { text } from '../../messages';
import { list, moment } from '../../messages/format';
import { useNotices } from '../../ui/notices';
import { versionsQuery } from './queries';
import { factsOf, keptOf, standInOf } from './run';
import { flagNames } from './Safety';

const messages = text.image.history;

/** All versions of the texts, newest first, with what each changed. */
export function History({ id }: { id: string }) {
  const { data: history, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(versionsQuery(id));
  const versions = history?.pages.flatMap((page) => page.versions) ?? [];
  if (!versions.length) return null;
  return (
    <ExpandableSection
      variant="container"
      headerText={messages.title}
      headerCounter={`(${versions.length}${hasNextPage ? '+' : ''})`}
    >
      <SpaceBetween size="m">
        {versions.map((version) => (
          <Version key={version.number} id={id} version={version} />
        ))}
        {hasNextPage && (
          <Box textAlign="center">
            <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {text.common.more}
            </Button>
          </Box>
        )}
      </SpaceBetween>
    </ExpandableSection>
  );
}

function Version({ id, version }: { id: string; version: Schemas['VersionView'] }) {
  const cache = useQueryClient();
  const notices = useNotices();
  const { number, cause, at, current, differences, safety, details, reasons } = version;
  const restoring = useMutation({
    mutationFn: () => {
      const params = { path: { image_id: id, number }, header: once() };
      return data(api.POST('/images/{image_id}/versions/{number}/restore', { params }));
    },
    onSuccess: async () => {
      await refreshImage(cache, id);
      notices.success(messages.restored(number));
    },
    onError: notices.error,
  });
  const changes = Object.entries(differences);
  const told = [factsOf(details), standInOf(details)].filter(Boolean);
  const kept = keptOf(reasons);
  return (
    <section className="version" aria-label={messages.version(number)}>
      <header>
        <div>
          <Box variant="strong">{messages.version(number)}</Box> {current && <Badge color="green">{messages.current}</Badge>}
          <Box color="text-body-secondary" fontSize="body-s">
            {number === 1 ? messages.written : (messages.causes[cause] ?? cause)}, {moment(at)}
            {told.map((line) => (
              <div key={line}>{line}</div>
            ))}
          </Box>
        </div>
        {!current && (
          <Button ariaLabel={messages.restore(number)} loading={restoring.isPending} onClick={() => restoring.mutate()}>
            {messages.restoreShort}
          </Button>
        )}
      </header>
      {safety.length > 0 && <Box>{text.image.safety.noticed(list(flagNames(safety)))}</Box>}
      {changes.length === 0 ? (
        <Box color="text-body-secondary">{messages.same}</Box>
      ) : (
        <dl>
          {changes.map(([field, change]) => (
            <Difference key={field} field={field} change={change} />
          ))}
        </dl>
      )}
      {kept.length > 0 && <Box color="text-body-secondary">{messages.kept(list(kept))}</Box>}
    </section>
  );
}

function Difference({ field, change: { before, after } }: { field: string; change: Schemas['FieldChange'] }) {
  const fields: Readonly<Record<string, string>> = text.image.fields;
  return (
    <div>
      <dt>{fields[field] ?? field}</dt>
      <dd>
        {said(before) && (
          <del>
            <span className="unseen">{messages.before}: </span>
            {said(before)}
          </del>
        )}
        <ins>
          <span className="unseen">{messages.after}: </span>
          {said(after) || messages.empty}
        </ins>
      </dd>
    </div>
  );
}

function said(value: Schemas['FieldChange']['after']): string {
  if (typeof value === 'boolean') return value ? messages.yes : messages.no;
  return Array.isArray(value) ? value.join(', ') : value;
}
