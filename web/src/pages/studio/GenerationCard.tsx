import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { keys } from '../../api/queries';
import { text } from '../../messages';
import { list, moment, wordsOf } from '../../messages/format';
import { InnerLink } from '../../ui/InnerLink';
import { useNotices } from '../../ui/notices';
import type { Style } from './draft';
import { addToLibrary, cancelGeneration, startGeneration, type Generation } from './queries';

const messages = text.studio.gallery;

const TYPES: Readonly<Record<Generation['status'], StatusIndicatorProps.Type>> = {
  pending: 'pending',
  processing: 'in-progress',
  completed: 'success',
  failed: 'error',
  cancelled: 'stopped',
};

const nameOf = ({ style, aspectRatio }: Generation): string =>
  messages.of(text.studio.create.styles[style as Style], aspectRatio);

interface Props {
  generation: Generation;
  onAgain: (generation: Generation) => void;
}

/** One generation: where it stands, what came of it, and what can be done. */
export function GenerationCard({ generation, onAgain }: Props) {
  const { status, error, pictures, ignoredParameters } = generation;
  return (
    <Container
      header={
        <Header variant="h2" description={<Facts generation={generation} />} actions={<Actions generation={generation} onAgain={onAgain} />}>
          {nameOf(generation)}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <StatusIndicator type={TYPES[status]}>{status === 'failed' && error ? error.message : messages.statuses[status]}</StatusIndicator>
        {generation.customPrompt && <Box color="text-body-secondary">{generation.customPrompt}</Box>}
        {ignoredParameters.length > 0 && (
          <Box color="text-body-secondary">{messages.ignored(list(ignoredParameters.map(wordsOf)))}</Box>
        )}
        {(status === 'processing' || pictures.length > 0) && <Pictures generation={generation} />}
      </SpaceBetween>
    </Container>
  );
}

function Facts({ generation: { createdAt, processingTime, tokensCharged } }: { generation: Generation }) {
  const facts = [
    moment(createdAt),
    processingTime !== null && messages.took(processingTime),
    tokensCharged > 0 && messages.tokens(tokensCharged),
  ];
  return <>{facts.filter(Boolean).join(' · ')}</>;
}

function Actions({ generation, onAgain }: Props) {
  const { generationId: id, status, error } = generation;
  const cache = useQueryClient();
  const notices = useNotices();
  const after = {
    onError: (fault: unknown) => notices.error(fault),
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.generations }),
  };
  const start = useMutation({ mutationFn: () => startGeneration(id), ...after });
  const cancel = useMutation({
    mutationFn: () => cancelGeneration(id),
    onSuccess: ({ outcome }) => notices.info(messages.cancelled[outcome]),
    ...after,
  });
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {(status === 'pending' || (status === 'failed' && error?.retryable)) && (
        <Button variant="primary" loading={start.isPending} onClick={() => start.mutate()}>
          {status === 'pending' ? messages.start : messages.retry}
        </Button>
      )}
      {(status === 'pending' || status === 'processing') && (
        <Button loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {messages.cancel}
        </Button>
      )}
      {status !== 'pending' && status !== 'processing' && (
        <Button iconName="refresh" onClick={() => onAgain(generation)}>
          {messages.again}
        </Button>
      )}
    </SpaceBetween>
  );
}

/** The pictures, or their places while they are being made, so that nothing moves when they come. */
function Pictures({ generation }: { generation: Generation }) {
  const { pictures, count, aspectRatio } = generation;
  const shape = { aspectRatio: aspectRatio.replace(':', ' / ') };
  if (!pictures.length) {
    return (
      <div className="pictures">
        {Array.from({ length: count }, (_, place) => (
          <div key={place} className="picture-wait" style={shape}>
            <Spinner size="large" />
          </div>
        ))}
      </div>
    );
  }
  return (
    <div className="pictures">
      {pictures.map((picture) => (
        <Picture key={picture.number} generation={generation} picture={picture} shape={shape} />
      ))}
    </div>
  );
}

interface PictureProps {
  generation: Generation;
  picture: Generation['pictures'][number];
  shape: { aspectRatio: string };
}

function Picture({ generation, picture, shape }: PictureProps) {
  const { number, imageId, links } = picture;
  const cache = useQueryClient();
  const notices = useNotices();
  const { mutate, isPending } = useMutation({
    mutationFn: () => addToLibrary(generation.generationId, number),
    onSuccess: () => {
      notices.success(messages.added);
      void cache.invalidateQueries({ queryKey: keys.generations });
    },
    onError: (error) => notices.error(error),
  });
  const link = links.thumbnail;
  return (
    <div className="picture">
      <div className="picture-frame" style={shape}>
        {link && <img src={link} alt={messages.picture(number, nameOf(generation))} loading="lazy" decoding="async" />}
      </div>
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        {imageId ? (
          <InnerLink href={`/images/${imageId}`}>{messages.inLibrary}</InnerLink>
        ) : (
          <Button iconName="add-plus" loading={isPending} onClick={() => mutate()}>
            {messages.add}
          </Button>
        )}
        {links.picture && (
          <Link href={links.picture} external target="_blank">
            {messages.open}
          </Link>
        )}
      </SpaceBetween>
    </div>
  );
}
