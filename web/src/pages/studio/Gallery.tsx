import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Spinner from '@cloudscape-design/components/spinner';
import { useInfiniteQuery } from '@tanstack/react-query';

import { text } from '../../messages';
import { Empty } from '../../ui/Empty';
import { Refused } from '../../ui/Refused';
import { GenerationCard } from './GenerationCard';
import { generationsQuery, type Generation } from './queries';

const messages = text.studio.gallery;

/** All that was made or is being made, newest first. */
export function Gallery({ onAgain }: { onAgain: (generation: Generation) => void }) {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(generationsQuery);
  const generations = data?.pages.flatMap((page) => page.generations) ?? [];
  if (error && !data) return <Refused error={error} />;
  if (isPending) return <Spinner size="large" />;
  if (!generations.length) {
    return (
      <Container header={<Header variant="h2">{messages.title}</Header>}>
        <Empty title={messages.empty.title} explanation={messages.empty.text} />
      </Container>
    );
  }
  return (
    <ul className="gallery" aria-label={messages.title}>
      {generations.map((generation) => (
        <li key={generation.generationId}>
          <GenerationCard generation={generation} onAgain={onAgain} />
        </li>
      ))}
      {hasNextPage && (
        <li>
          <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.common.more}
          </Button>
        </li>
      )}
    </ul>
  );
}
