import { useState } from 'react';

import { text } from '../messages';
import { ConfirmForm, NewPasswordForm, ResetForm, SignInForm, SignUpForm } from './forms';
import './auth.css';

/** What somebody who is not signed in wants to do; a code is sent to `email`. */
export type Step =
  | { at: 'signIn'; note?: string }
  | { at: 'signUp' }
  | { at: 'confirm'; email: string; password?: string }
  | { at: 'reset' }
  | { at: 'newPassword'; email: string };

export default function AuthPage({ onSignedIn }: { onSignedIn: () => void }) {
  const [step, go] = useState<Step>({ at: 'signIn' });
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
      return <ResetForm go={go} />;
    case 'newPassword':
      return <NewPasswordForm email={step.email} go={go} />;
  }
}
