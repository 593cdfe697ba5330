import { useState } from 'react';

import { text } from '../messages';
import { ConfirmForm, FirstPasswordForm, NewPasswordForm, ResetForm, SignInForm, SignUpForm } from './forms';
import type { Step } from './steps';
import './auth.css';

interface Props {
  /** Why the session before ended, where nobody ended it. */
  note?: string | undefined;
  onSignedIn: () => void;
}

export default function AuthPage({ note, onSignedIn }: Props) {
  const [step, go] = useState<Step>({ at: 'signIn', note });
  return (
    <main className="auth">
      <div className="auth-panel">
        <div className="auth-brand">
          <img src="/icon.svg" alt="" width={40} height={40} />
          <div>
            <strong>{text.common.product}</strong>
            <p>{text.auth.tagline}</p>
          </div>
        </div>
        <Form step={step} go={go} onSignedIn={onSignedIn} />
      </div>
    </main>
  );
}

interface FormProps {
  step: Step;
  go: (step: Step) => void;
  onSignedIn: () => void;
}

function Form({ step, go, onSignedIn }: FormProps) {
  switch (step.at) {
    case 'signIn':
      return <SignInForm note={step.note} go={go} onSignedIn={onSignedIn} />;
    case 'signUp':
      return <SignUpForm go={go} />;
    case 'confirm':
      return <ConfirmForm email={step.email} password={step.password} go={go} onSignedIn={onSignedIn} />;
    case 'reset':
      return <ResetForm note={step.note} go={go} />;
    case 'newPassword':
      return <NewPasswordForm email={step.email} go={go} />;
    case 'firstPassword':
      return <FirstPasswordForm go={go} onSignedIn={onSignedIn} />;
  }
}
