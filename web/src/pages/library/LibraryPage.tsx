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
import { useView } from './address';
import { DropZone } from './DropZone';
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
  const [layout, setLayout] = useState(() => (localStorage.getItem(KEPT) === 'table' ? 'table' : 'grid'));
  const results = useResults(view);
  const selection = useSelection(results.images);
  const choose = (layout: string) => {
    localStorage.setItem(KEPT, layout);
    setLayout(layout);
  };
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        counter={results.isLoading ? undefined : messages.count(results.images.length, results.hasMore)}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <div className="layouts">
              <SegmentedControl
                label={messages.view.label}
                selectedId={layout}
                options={[
                  { id: 'grid', text: messages.view.grid, iconName: 'grid-view' },
                  { id: 'table', text: messages.view.table, iconName: 'list-view' },
                ]}
                onChange={({ detail }) => choose(detail.selectedId)}
              />
            </div>
            <UploadButton />
          </SpaceBetween>
        }
      >
        {messages.title}
      </Header>
      <Toolbar view={view} change={change} />
      <SelectionBar images={results.images} selection={selection} />
      {results.isPartial && <Alert>{messages.partial}</Alert>}
      {results.isWordsOnly && <Alert>{messages.wordsOnly}</Alert>}
      <Listing results={results} isEverything={!Object.values(view).some(Boolean)}>
        {layout === 'table' ? (
          <ImageTable results={results} selection={selection} />
        ) : (
          <ImageGrid results={results} selection={selection} />
        )}
      </Listing>
      <DropZone />
    </SpaceBetween>
  );
}

interface ListingProps {
  results: Results;
  isEverything: boolean;
  children: ReactNode;
}

/** The images, or what is to be said where there are none. */
function Listing({ results: { images, isLoading, isLoadingMore, error, retry }, isEverything, children }: ListingProps) {
  if (error && images.length === 0) {
    return (
      <Alert type="error" header={text.common.errors.title} action={<Button onClick={retry}>{text.common.retry}</Button>}>
        {sentence(error)}
      </Alert>
    );
  }
  if (isLoading) return <Waiting label={messages.loading} />;
  if (images.length === 0) {
    const { title, text } = isEverything ? messages.empty : messages.nothing;
    return (
      <Box textAlign="center" padding={{ vertical: 'xxxl' }}>
        <Box variant="h2">{title}</Box>
        <Box color="text-body-secondary" padding={{ vertical: 's' }}>
          {text}
        </Box>
        {isEverything && <UploadButton />}
      </Box>
    );
  }
  return (
    <>
      {children}
      {isLoadingMore && <Waiting label={messages.loadingMore} />}
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
