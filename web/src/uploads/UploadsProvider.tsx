import { createContext, lazy, Suspense, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';

import { useLiveEffects } from '../live/LiveProvider';
import { text } from '../messages';
import { Boundary } from '../ui/Boundary';
import { transport } from './transport';
import { Uploads, type Transfer } from './uploads';

const UploadPanel = lazy(() => import('./UploadPanel'));
const Context = createContext<Uploads | null>(null);

/** Uploads go on while their owner looks at other pages; they end with the session. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const live = useLiveEffects();
  const [uploads] = useState(
    () =>
      new Uploads({
        ...transport,
        send: async (...sent) => {
          await transport.send(...sent);
          live.begins();
        },
      }),
  );
  useEffect(() => () => uploads.cancelAll(), [uploads]);
  return (
    <Context value={uploads}>
      {children}
      <Panel />
    </Context>
  );
}

export function useUploads(): Uploads {
  const uploads = useContext(Context);
  if (!uploads) throw new Error('useUploads outside of a session');
  return uploads;
}

export function useTransfers(): readonly Transfer[] {
  const uploads = useUploads();
  return useSyncExternalStore(uploads.subscribe, uploads.snapshot);
}

function Panel() {
  const transfers = useTransfers();
  useWarning(transfers.some(({ state }) => state === 'waiting' || state === 'sending'));
  return (
    transfers.length > 0 && (
      <Boundary fallback={<p className="uploads-fault">{text.uploads.unseen}</p>}>
        <Suspense>
          <UploadPanel />
        </Suspense>
      </Boundary>
    )
  );
}

/** Somebody who closes the page while files are on their way is asked first. */
function useWarning(busy: boolean): void {
  useEffect(() => {
    if (!busy) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}
