import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiError } from '../../api/errors';
import { settingsQuery } from '../../api/queries';
import { text } from '../../messages';
import { useNotices } from '../../ui/notices';
import { readSettings, saveSettings, type Preferences, type Settings } from './queries';

export interface Form<Draft> {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  isDirty: boolean;
  isSaving: boolean;
  error: unknown;
  /** Somebody else saved meanwhile, so that this cannot be saved as it is. */
  isOutdated: boolean;
  save: (changes: Partial<Preferences>) => void;
  discard: () => void;
  reload: () => void;
}

/** A part of the preferences in the making; it begins with what was read and is saved against that version. */
export function useForm<Draft extends object>(settings: Settings, read: (settings: Settings) => Draft): Form<Draft> {
  const cache = useQueryClient();
  const notices = useNotices();
  const [base, setBase] = useState(settings);
  const [draft, setDraft] = useState(() => read(settings));
  const begin = (from: Settings) => {
    setBase(from);
    setDraft(read(from));
  };
  const saving = useMutation({
    mutationFn: (changes: Partial<Preferences>) => saveSettings(base, changes),
    onSuccess: (saved) => {
      cache.setQueryData(settingsQuery.queryKey, saved);
      begin(saved);
      notices.success(text.settings.saved);
    },
  });
  const reloading = useMutation({
    mutationFn: () => readSettings(),
    onSuccess: (found) => {
      cache.setQueryData(settingsQuery.queryKey, found);
      saving.reset();
      begin(found);
    },
    onError: (error) => notices.error(error),
  });
  const { error } = saving;
  return {
    draft,
    change: (changes) => setDraft((before) => ({ ...before, ...changes })),
    isDirty: JSON.stringify(draft) !== JSON.stringify(read(base)),
    isSaving: saving.isPending,
    error,
    isOutdated: error instanceof ApiError && error.code === 'VERSION_CONFLICT',
    save: saving.mutate,
    discard: () => {
      saving.reset();
      begin(base);
    },
    reload: reloading.mutate,
  };
}
