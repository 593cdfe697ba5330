import I18nProvider from '@cloudscape-design/components/i18n';
import cloudscape from '@cloudscape-design/components/i18n/messages/all.en';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';

import { currentAccount, type Account } from '../auth/session';
import type { Config } from '../config';
import { locale } from '../messages/locale';
import { Boundary } from '../ui/Boundary';
import { StartFault } from './StartFault';

const AuthPage = lazy(() => import('../auth/AuthPage'));
const Session = lazy(() => import('./Session'));

export function App({ config }: { config: Config }) {
  const [account, setAccount] = useState<Account | null | undefined>();
  const [note, setNote] = useState<string>();
  const refresh = () => void currentAccount().catch(() => null).then(setAccount);
  useEffect(refresh, []);
  const end = useCallback((why?: string) => {
    setNote(why);
    setAccount(null);
  }, []);
  if (account === undefined) return null;
  return (
    <I18nProvider locale={locale} messages={[cloudscape]}>
      <Boundary fallback={<StartFault />}>
        <Suspense>
          {account ? (
            <Session key={account.id} account={account} config={config} onEnd={end} />
          ) : (
            <AuthPage note={note} onSignedIn={refresh} />
          )}
        </Suspense>
      </Boundary>
    </I18nProvider>
  );
}
