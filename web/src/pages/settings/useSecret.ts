import { useMutation, useQueryClient } from '@tanstack/react-query';

import { settingsQuery } from '../../api/queries';
import { useNotices } from '../../ui/notices';

/** A change beside the preferences: the settings are read again after it, and what was done is said. */
export function useSecret<Input = void>(change: (input: Input) => Promise<unknown>, said: string, after?: () => void) {
  const cache = useQueryClient();
  const notices = useNotices();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: settingsQuery.queryKey });
      after?.();
      notices.success(said);
    },
  });
}
