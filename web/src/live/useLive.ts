import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { idToken } from '../auth/session';
import { LiveEffects } from './effects';
import { LiveSocket } from './socket';

/** Keeps the cache in line with what happens, for as long as the caller is on the screen. */
export function useLive(address: string): void {
  const cache = useQueryClient();
  useEffect(() => {
    const effects = new LiveEffects(cache);
    const socket = new LiveSocket(address, idToken, (heard) => effects.heard(heard));
    void socket.open();
    return () => {
      socket.close();
      effects.close();
    };
  }, [address, cache]);
}
