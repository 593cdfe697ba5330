import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router';

import { onSessionEnd } from '../api/client';
import { newQueryClient } from '../api/queries';
import { SignedContext } from '../auth/account';
import { signOut, type Account } from '../auth/session';
import type { Config } from '../config';
import { LiveProvider } from '../live/LiveProvider';
import { text } from '../messages';
import { NoticesProvider } from '../ui/notices';
import { UploadsProvider } from '../uploads/UploadsProvider';
import { newRouter } from './routes';

interface Props {
  account: Account;
  config: Config;
  /** `why` is told to whom did not end it. */
  onEnd: (why?: string) => void;
}

/** All that belongs to one user. It ends with the session, so nobody sees what another one left in the cache. */
export default function Session({ account, config, onEnd }: Props) {
  const [cache] = useState(newQueryClient);
  const [router] = useState(newRouter);
  const signed = useMemo(
    () => ({
      account,
      signOut: async () => {
        await signOut();
        cache.clear();
        onEnd();
      },
    }),
    [account, cache, onEnd],
  );
  useEffect(
    () =>
      onSessionEnd(() => {
        cache.clear();
        onEnd(text.common.errors.signedOut);
      }),
    [cache, onEnd],
  );
  return (
    <SignedContext value={signed}>
      <QueryClientProvider client={cache}>
        <NoticesProvider>
          <LiveProvider address={config.socketUrl}>
            <UploadsProvider>
              <RouterProvider router={router} />
            </UploadsProvider>
          </LiveProvider>
        </NoticesProvider>
      </QueryClientProvider>
    </SignedContext>
  );
}
