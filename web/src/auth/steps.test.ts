import { expect, it } from 'vitest';

import { text } from '../messages';
import { nextOf } from './steps';

const next = (step: string) => nextOf(step, 'ann@example.com', 'secret');

it('goes on with what the user pool asks for', () => {
  expect(next('DONE')).toEqual({ done: true });
  expect(next('CONFIRM_SIGN_UP')).toEqual({ step: { at: 'confirm', email: 'ann@example.com', password: 'secret' } });
  expect(next('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED')).toEqual({ step: { at: 'firstPassword' } });
  expect(next('RESET_PASSWORD')).toEqual({ step: { at: 'reset', note: text.auth.reset.required } });
});

it('says of what it cannot do that it cannot', () => {
  expect(next('CONFIRM_SIGN_IN_WITH_TOTP_CODE')).toEqual({ sentence: text.auth.unknown.code });
  expect(next('CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')).toEqual({ sentence: text.auth.unknown.step });
});
