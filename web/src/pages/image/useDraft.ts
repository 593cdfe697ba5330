import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, data, type ImageView } from '../../api/client';
import { ApiError } from '../../api/errors';
import { bringIn, refreshImage } from '../../live/effects';
import { text } from '../../messages';
import { useNotices } from '../../ui/notices';
import { contested, edited, isEdited, rebased, unsettled, type Edit, type Metadata } from './draft';

export interface Draft {
  metadata: Metadata;
  isEdited: boolean;
  isSaving: boolean;
  change: (changes: Partial<Metadata>) => void;
  discard: () => void;
  save: () => void;
  /** The fields that somebody else changed too since this draft was begun; saving goes over them. */
  conflicts: readonly (keyof Edit)[];
  takeTheirs: () => void;
  /** Refused fields with their messages. */
  refused: Readonly<Record<string, string>>;
}

/** What is being typed, on top of the version that it was begun from. Newer texts flow in around it. */
export function useDraft(image: ImageView): Draft {
  const cache = useQueryClient();
  const notices = useNotices();
  const [base, setBase] = useState({ version: image.version, metadata: image.metadata });
  const [metadata, setMetadata] = useState(image.metadata);
  const [conflicts, setConflicts] = useState<readonly (keyof Edit)[]>([]);
  const begin = (image: ImageView) => {
    setBase({ version: image.version, metadata: image.metadata });
    setMetadata(image.metadata);
    setConflicts([]);
  };
  if (image.version !== base.version) {
    // Newer texts arrived while this was on the screen: React draws again at once with what is set here.
    setConflicts(contested(conflicts, base.metadata, metadata, image.metadata));
    setMetadata(rebased(base.metadata, metadata, image.metadata));
    setBase({ version: image.version, metadata: image.metadata });
  }
  const saving = useMutation({
    mutationFn: () => {
      const body = { version: base.version, ...edited(base.metadata, metadata) };
      return data(api.PATCH('/images/{image_id}/metadata', { params: { path: { image_id: image.id } }, body }));
    },
    onSuccess: (saved) => {
      begin(saved);
      bringIn(cache, { images: [saved], removed: [] });
      notices.success(text.image.saved);
    },
    onError: (error) => {
      // The newer texts come, and with them the fields that both have changed.
      if (error instanceof ApiError && error.code === 'VERSION_CONFLICT') {
        void refreshImage(cache, image.id);
        notices.info(text.image.conflict.again);
      } else {
        notices.error(error);
      }
    },
  });
  return {
    metadata,
    isEdited: isEdited(base.metadata, metadata),
    isSaving: saving.isPending,
    change: (changes) => setMetadata({ ...metadata, ...changes }),
    discard: () => begin(image),
    save: () => saving.mutate(),
    conflicts: unsettled(conflicts, metadata, base.metadata),
    takeTheirs: () => begin(image),
    refused: saving.error instanceof ApiError ? saving.error.fields : {},
  };
}
