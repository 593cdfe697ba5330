/** What somebody who is not signed in wants to do, and what comes next. Pure. */
import { text } from '../messages';

/** A code is sent to `email`. */
export type Step =
  | { at: 'signIn'; note?: string | undefined }
  | { at: 'signUp' }
  | { at: 'confirm'; email: string; password?: string }
  | { at: 'reset'; note?: string }
  | { at: 'newPassword'; email: string }
  | { at: 'firstPassword' };

/** Where the answer to a password leads: into the session, to another form, or nowhere, for which there is a sentence. */
export type Next = { done: true } | { step: Step } | { sentence: string };

const CODES: ReadonlySet<string> = new Set([
  'CONFIRM_SIGN_IN_WITH_SMS_CODE',
  'CONFIRM_SIGN_IN_WITH_TOTP_CODE',
  'CONFIRM_SIGN_IN_WITH_EMAIL_CODE',
  'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
  'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION',
  'CONTINUE_SIGN_IN_WITH_TOTP_SETUP',
  'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP',
]);

/** `signInStep` is Amplify's name of what the user pool asks for. */
export function nextOf(signInStep: string, email: string, password: string): Next {
  switch (signInStep) {
    case 'DONE':
      return { done: true };
    case 'CONFIRM_SIGN_UP':
      return { step: { at: 'confirm', email, password } };
    case 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED':
      return { step: { at: 'firstPassword' } };
    case 'RESET_PASSWORD':
      return { step: { at: 'reset', note: text.auth.reset.required } };
    default:
      return { sentence: CODES.has(signInStep) ? text.auth.unknown.code : text.auth.unknown.step };
  }
}
