import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { idToken } from '../auth/session';
import { LiveEffects } from './effects';
import { LiveSocket, type LiveState } from './socket';

/** Keeps the cache in line with what happens, for as long as the caller is on the screen. */
export function useLive(address: string): LiveState {
  const cache = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    const effects = new LiveEffects(cache);
    const socket = new LiveSocket(address, idToken, {
      heard: (heard) => effects.heard(heard),
      changed: setState,
    });
    void socket.open();
    return () => {
      socket.close();
      effects.close();
    };
  }, [address, cache]);
  return state;
}
