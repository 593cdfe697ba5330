import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useState, type ReactNode } from 'react';

import { text } from '../../messages';
import { sentence } from '../../ui/sentence';
import { useIsNarrow } from '../../ui/useIsNarrow';
import { useTitle } from '../../ui/title';
import { isEverything, jobOf, useView } from './address';
import { ImageGrid } from './ImageGrid';
import { ImageTable } from './ImageTable';
import { useResults, type Results } from './queries';
import { useSelection } from './selection';
import { SelectionBar } from './SelectionBar';
import { Toolbar } from './Toolbar';
import { UploadButton } from './UploadButton';
import './library.css';

const messages = text.library;
const KEPT = 'gloss.library';

export default function LibraryPage() {
  const [view, change] = useView();
  useTitle(messages.title);
  // A table needs more room than a phone has.
  const isNarrow = useIsNarrow();
  const [chosen, setLayout] = useState(() => (localStorage.getItem(KEPT) === 'table' ? 'table' : 'grid'));
  const layout = isNarrow ? 'grid' : chosen;
  const results = useResults(view);
  const selection = useSelection(results.images);
  const choose = (layout: string) => {
    localStorage.setItem(KEPT, layout);
    setLayout(layout);
  };
  return (
    <>
      <SpaceBetween size="m">
        <Header
          variant="h1"
          counter={results.isLoading ? undefined : messages.count(results.images.length, results.hasMore)}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {!isNarrow && (
                <SegmentedControl
                  label={messages.view.label}
                  selectedId={layout}
                  options={[
                    { id: 'grid', text: messages.view.grid, iconName: 'grid-view' },
                    { id: 'table', text: messages.view.table, iconName: 'list-view' },
                  ]}
                  onChange={({ detail }) => choose(detail.selectedId)}
                />
              )}
              <UploadButton />
            </SpaceBetween>
          }
        >
          {messages.title}
        </Header>
        <Toolbar view={view} change={change} job={results.images.length > 0 ? jobOf(view, results.images, results.hasMore) : null} />
        {results.isPartial && <Alert>{messages.partial}</Alert>}
        {results.isWordsOnly && <Alert>{messages.wordsOnly}</Alert>}
        <Listing results={results} isAll={isEverything(view)}>
          {layout === 'table' ? (
            <ImageTable results={results} selection={selection} />
          ) : (
            <ImageGrid results={results} selection={selection} />
          )}
        </Listing>
      </SpaceBetween>
      <SelectionBar images={results.images} selection={selection} />
    </>
  );
}

interface ListingProps {
  results: Results;
  isAll: boolean;
  children: ReactNode;
}

/** The images, or what is to be said where there are none. */
function Listing({ results, isAll, children }: ListingProps) {
  const { images, isLoading, isLoadingMore, error, moreError, loadMore, retry } = results;
  if (error && images.length === 0) {
    return (
      <Alert type="error" header={text.common.errors.title} action={<Button onClick={retry}>{text.common.retry}</Button>}>
        {sentence(error)}
      </Alert>
    );
  }
  if (isLoading) return <Waiting label={messages.loading} />;
  if (images.length === 0) {
    const { title, text } = isAll ? messages.empty : messages.nothing;
    return (
      <Box textAlign="center" padding={{ vertical: 'xxxl' }}>
        <Box variant="h2">{title}</Box>
        <Box color="text-body-secondary" padding={{ vertical: 's' }}>
          {text}
        </Box>
        {isAll && <UploadButton />}
      </Box>
    );
  }
  return (
    <>
      {children}
      {isLoadingMore && <Waiting label={messages.loadingMore} />}
      {moreError && !isLoadingMore && (
        <Alert type="error" header={messages.moreFailed} action={<Button onClick={loadMore}>{text.common.retry}</Button>}>
          {sentence(moreError)}
        </Alert>
      )}
    </>
  );
}

function Waiting({ label }: { label: string }) {
  return (
    <Box textAlign="center" padding="l">
      <div role="status">
        <Spinner /> {label}
      </div>
    </Box>
  );
}
