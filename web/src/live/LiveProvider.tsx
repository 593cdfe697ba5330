import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

import { idToken } from '../auth/session';
import { LiveEffects, readChanges } from './effects';
import { LiveSocket } from './socket';

const Context = createContext<LiveEffects | null>(null);

/** Keeps the cache in line with what happens, for as long as it is on the screen. */
export function LiveProvider({ address, children }: { address: string; children: ReactNode }) {
  const cache = useQueryClient();
  const [effects] = useState(() => new LiveEffects(cache, readChanges));
  useEffect(() => {
    effects.open();
    const socket = new LiveSocket(address, idToken, {
      heard: (heard) => effects.heard(heard),
      connected: (isConnected) => effects.connected(isConnected),
    });
    void socket.open();
    return () => {
      socket.close();
      effects.close();
    };
  }, [address, effects]);
  return <Context value={effects}>{children}</Context>;
}

export function useLiveEffects(): LiveEffects {
  const effects = useContext(Context);
  if (!effects) throw new Error('useLiveEffects outside of a session');
  return effects;
}
