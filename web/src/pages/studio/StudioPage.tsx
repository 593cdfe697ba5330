import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys } from '../../api/queries';
import { text } from '../../messages';
import { useNotices } from '../../ui/notices';
import { useTitle } from '../../ui/title';
import { DraftForm } from './DraftForm';
import { EstimateDialog, type Offer } from './EstimateDialog';
import { Gallery } from './Gallery';
import { createGeneration, makeAgain, type Created } from './queries';
import { requestOf, type Draft } from './draft';
import './studio.css';

const messages = text.studio;

/** Two steps: what it will cost, with the tokens set aside; then the pictures. */
export default function StudioPage() {
  useTitle(messages.title);
  const cache = useQueryClient();
  const notices = useNotices();
  const [offer, setOffer] = useState<Offer | null>(null);
  const offered = (count: number) => (created: Created) => {
    setOffer({ ...created, count });
    void cache.invalidateQueries({ queryKey: keys.generations });
  };
  const onError = (error: unknown) => notices.error(error);
  const creating = useMutation({ mutationFn: (draft: Draft) => createGeneration(requestOf(draft)), onError });
  const again = useMutation({ mutationFn: makeAgain, onError });
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={messages.about}>
          {messages.title}
        </Header>
      }
    >
      <div className="studio">
        <DraftForm
          isPending={creating.isPending}
          onSubmit={(draft) => creating.mutate(draft, { onSuccess: offered(draft.count) })}
        />
        <Gallery onAgain={({ generationId, count }) => again.mutate(generationId, { onSuccess: offered(count) })} />
      </div>
      {offer && <EstimateDialog offer={offer} onClose={() => setOffer(null)} />}
    </ContentLayout>
  );
}
