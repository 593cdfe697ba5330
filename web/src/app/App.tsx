import I18nProvider from '@cloudscape-design/components/i18n';
import cloudscape from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router';

import { newQueryClient } from '../api/queries';
import { SignedContext } from '../auth/account';
import { currentAccount, signOut, type Account } from '../auth/session';
import type { Config } from '../config';
import { useLive } from '../live/useLive';
import { NoticesProvider } from '../ui/notices';
import { UploadsProvider } from '../uploads/UploadsProvider';
import { newRouter } from './routes';

const AuthPage = lazy(() => import('../auth/AuthPage'));

export function App({ config }: { config: Config }) {
  const [account, setAccount] = useState<Account | null | undefined>();
  const refresh = () => void currentAccount().catch(() => null).then(setAccount);
  useEffect(refresh, []);
  if (account === undefined) return null;
  return (
    <I18nProvider locale="en" messages={[cloudscape]}>
      {account ? (
        <Session key={account.id} account={account} config={config} onEnd={() => setAccount(null)} />
      ) : (
        <Suspense>
          <AuthPage onSignedIn={refresh} />
        </Suspense>
      )}
    </I18nProvider>
  );
}

interface SessionProps {
  account: Account;
  config: Config;
  onEnd: () => void;
}

/** All that belongs to one user. It ends with the session, so nobody sees what another one left in the cache. */
function Session({ account, config, onEnd }: SessionProps) {
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
  return (
    <SignedContext value={signed}>
      <QueryClientProvider client={cache}>
        <NoticesProvider>
          <Live address={config.socketUrl} />
          <UploadsProvider>
            <RouterProvider router={router} />
          </UploadsProvider>
        </NoticesProvider>
      </QueryClientProvider>
    </SignedContext>
  );
}

function Live({ address }: { address: string }) {
  useLive(address);
  return null;
}
