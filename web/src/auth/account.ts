import { createContext, useContext } from 'react';

import type { Account } from './session';

export interface Signed {
  account: Account;
  signOut: () => Promise<void>;
}

export const SignedContext = createContext<Signed | null>(null);

/** Who is signed in. Everything inside the shell may ask. */
export function useSigned(): Signed {
  const signed = useContext(SignedContext);
  if (!signed) throw new Error('useSigned outside of a session');
  return signed;
}
