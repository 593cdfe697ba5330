import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { text } from '../messages';
import { AuthForm, Field, Told } from './fields';
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
} from './session';
import { nextOf, type Next, type Step } from './steps';

const messages = text.auth;
const ADDRESS = { type: 'email', autoComplete: 'username', inputMode: 'email', disableBrowserAutocorrect: true } as const;
const PRESENT_PASSWORD = { type: 'password', autoComplete: 'current-password' } as const;
const NEW_PASSWORD = { type: 'password', autoComplete: 'new-password' } as const;
const ONE_TIME_CODE = { autoComplete: 'one-time-code', inputMode: 'numeric' } as const;

type Go = (step: Step) => void;

const absent = (value: string, message: string) => (value ? undefined : message);

interface SignInProps {
  note?: string | undefined;
  go: Go;
  onSignedIn: () => void;
}

export function SignInForm({ note, go, onSignedIn }: SignInProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const noEmail = absent(email, messages.missing.email);
  const noPassword = absent(password, messages.missing.password);
  const send = async () => {
    const { nextStep } = await enter(email, password);
    follow(nextOf(nextStep.signInStep, email, password), go, onSignedIn);
  };
  return (
    <AuthForm
      title={messages.signIn.title}
      submit={messages.signIn.submit}
      send={send}
      missing={[noEmail, noPassword]}
      note={note}
      others={
        <SpaceBetween size="s" direction="horizontal">
          <Button variant="inline-link" formAction="none" onClick={() => go({ at: 'signUp' })}>
            {messages.signIn.toSignUp}
          </Button>
          <Button variant="inline-link" formAction="none" onClick={() => go({ at: 'reset' })}>
            {messages.signIn.toReset}
          </Button>
        </SpaceBetween>
      }
    >
      {(tried) => (
        <>
          <Field label={messages.email} value={email} onChange={setEmail} error={tried && noEmail} input={{ ...ADDRESS, autoFocus: true }} />
          <Field label={messages.password} value={password} onChange={setPassword} error={tried && noPassword} input={PRESENT_PASSWORD} />
        </>
      )}
    </AuthForm>
  );
}

/** Throws what is to be said where this console cannot go on. */
function follow(next: Next, go: Go, onSignedIn: () => void): void {
  if ('sentence' in next) throw new Told(next.sentence);
  if ('step' in next) go(next.step);
  else onSignedIn();
}

/** A session that is still there from before would be in the way. */
async function enter(username: string, password: string) {
  await signOut();
  return signIn({ username, password });
}

export function SignUpForm({ go }: { go: Go }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const noEmail = absent(email, messages.missing.email);
  const noPassword = absent(password, messages.missing.password);
  const send = async () => {
    await signUp({ username: email, password, options: { userAttributes: { email } } });
    go({ at: 'confirm', email, password });
  };
  return (
    <AuthForm
      title={messages.signUp.title}
      submit={messages.signUp.submit}
      send={send}
      missing={[noEmail, noPassword]}
      others={
        <Button variant="inline-link" formAction="none" onClick={() => go({ at: 'signIn' })}>
          {messages.signUp.toSignIn}
        </Button>
      }
    >
      {(tried) => (
        <>
          <Field label={messages.email} value={email} onChange={setEmail} error={tried && noEmail} input={{ ...ADDRESS, autoFocus: true }} />
          <Field
            label={messages.password}
            value={password}
            onChange={setPassword}
            error={tried && noPassword}
            hint={messages.passwordRule}
            input={NEW_PASSWORD}
          />
        </>
      )}
    </AuthForm>
  );
}

interface ConfirmProps {
  email: string;
  /** Where it is known, the session begins at once. */
  password?: string | undefined;
  go: Go;
  onSignedIn: () => void;
}

export function ConfirmForm({ email, password, go, onSignedIn }: ConfirmProps) {
  const [code, setCode] = useState('');
  const [resent, setResent] = useState(false);
  const noCode = absent(code, messages.missing.code);
  const send = async () => {
    await confirmSignUp({ username: email, confirmationCode: code.trim() });
    if (password) {
      const { nextStep } = await enter(email, password);
      follow(nextOf(nextStep.signInStep, email, password), go, onSignedIn);
    } else {
      go({ at: 'signIn' });
    }
  };
  const resend = async () => {
    await resendSignUpCode({ username: email });
    setResent(true);
  };
  return (
    <AuthForm
      title={messages.confirm.title}
      submit={messages.confirm.submit}
      send={send}
      missing={[noCode]}
      note={resent ? messages.confirm.resent : messages.confirm.text(email)}
      others={(attempt) => (
        <Button variant="inline-link" formAction="none" onClick={() => attempt(resend)}>
          {messages.confirm.resend}
        </Button>
      )}
    >
      {(tried) => (
        <Field label={messages.code} value={code} onChange={setCode} error={tried && noCode} input={{ ...ONE_TIME_CODE, autoFocus: true }} />
      )}
    </AuthForm>
  );
}

/** For somebody whose account an operator made, with a password that holds for one time. */
export function FirstPasswordForm({ go, onSignedIn }: { go: Go; onSignedIn: () => void }) {
  const [password, setPassword] = useState('');
  const noPassword = absent(password, messages.missing.password);
  const send = async () => {
    const { nextStep } = await confirmSignIn({ challengeResponse: password });
    follow(nextOf(nextStep.signInStep, '', password), go, onSignedIn);
  };
  return (
    <AuthForm
      title={messages.firstPassword.title}
      submit={messages.firstPassword.submit}
      send={send}
      missing={[noPassword]}
      note={messages.firstPassword.text}
      others={
        <Button variant="inline-link" formAction="none" onClick={() => go({ at: 'signIn' })}>
          {messages.reset.back}
        </Button>
      }
    >
      {(tried) => (
        <Field
          label={messages.firstPassword.password}
          value={password}
          onChange={setPassword}
          error={tried && noPassword}
          hint={messages.passwordRule}
          input={{ ...NEW_PASSWORD, autoFocus: true }}
        />
      )}
    </AuthForm>
  );
}

export function ResetForm({ note, go }: { note?: string | undefined; go: Go }) {
  const [email, setEmail] = useState('');
  const noEmail = absent(email, messages.missing.email);
  const send = async () => {
    await resetPassword({ username: email });
    go({ at: 'newPassword', email });
  };
  return (
    <AuthForm
      title={messages.reset.title}
      submit={messages.reset.submit}
      send={send}
      missing={[noEmail]}
      note={note ?? messages.reset.text}
      others={
        <Button variant="inline-link" formAction="none" onClick={() => go({ at: 'signIn' })}>
          {messages.reset.back}
        </Button>
      }
    >
      {(tried) => (
        <Field label={messages.email} value={email} onChange={setEmail} error={tried && noEmail} input={{ ...ADDRESS, autoFocus: true }} />
      )}
    </AuthForm>
  );
}

export function NewPasswordForm({ email, go }: { email: string; go: Go }) {
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const noCode = absent(code, messages.missing.code);
  const noPassword = absent(password, messages.missing.password);
  const send = async () => {
    await confirmResetPassword({ username: email, confirmationCode: code.trim(), newPassword: password });
    go({ at: 'signIn', note: messages.newPassword.done });
  };
  return (
    <AuthForm
      title={messages.newPassword.title}
      submit={messages.newPassword.submit}
      send={send}
      missing={[noCode, noPassword]}
      note={messages.confirm.text(email)}
    >
      {(tried) => (
        <>
          <Field label={messages.code} value={code} onChange={setCode} error={tried && noCode} input={{ ...ONE_TIME_CODE, autoFocus: true }} />
          <Field
            label={messages.password}
            value={password}
            onChange={setPassword}
            error={tried && noPassword}
            hint={messages.passwordRule}
            input={NEW_PASSWORD}
          />
        </>
      )}
    </AuthForm>
  );
}
