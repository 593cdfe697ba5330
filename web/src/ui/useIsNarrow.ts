import { useSyncExternalStore } from 'react';

const NARROW = window.matchMedia('(width < 45rem)');

function subscribe(listener: () => void): () => void {
  NARROW.addEventListener('change', listener);
  return () => NARROW.removeEventListener('change', listener);
}

/** Whether the window is as narrow as that of a phone; the style sheets mean the same width. */
export const useIsNarrow = (): boolean => useSyncExternalStore(subscribe, () => NARROW.matches);
