import { Amplify, defaultStorage } from '@aws-amplify/core';
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
} from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';

import type { Config } from '../config';

export { confirmResetPassword, confirmSignIn, confirmSignUp, resendSignUpCode, resetPassword, signIn, signOut, signUp };

/** Who is signed in. */
export interface Account {
  id: string;
  email: string;
}

export function configureAuth(config: Config): void {
  const cognito = {
    userPoolId: config.userPoolId,
    userPoolClientId: config.clientId,
    ...(config.cognitoEndpoint && { userPoolEndpoint: config.cognitoEndpoint }),
  };
  cognitoUserPoolsTokenProvider.setAuthConfig({ Cognito: cognito });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(defaultStorage);
  Amplify.configure({ Auth: { Cognito: cognito } }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

/** A valid ID token, refreshed where it has expired; `undefined` where nobody is signed in. */
export async function idToken(options?: { forceRefresh: boolean }): Promise<string | undefined> {
  return (await fetchAuthSession(options)).tokens?.idToken?.toString();
}

export async function currentAccount(): Promise<Account | null> {
  const claims = (await fetchAuthSession()).tokens?.idToken?.payload;
  if (!claims?.sub || typeof claims.email !== 'string') return null;
  return { id: claims.sub, email: claims.email };
}

/** Whether tokens are kept in this browser, be they valid or not: what to load first is a guess. */
export const mayBeSignedIn = (): boolean => Object.keys(localStorage).some((key) => key.startsWith('CognitoIdentityServiceProvider.'));

/** Whether the session is over: its refresh token is taken no more. A network that is away ends nothing. */
export async function hasEnded(): Promise<boolean> {
  try {
    return (await idToken({ forceRefresh: true })) === undefined;
  } catch {
    return false;
  }
}
