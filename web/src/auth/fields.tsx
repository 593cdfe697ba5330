import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState, type SubmitEvent, type ReactNode } from 'react';

import { text } from '../messages';
import { named } from '../ui/title';

interface FormProps {
  title: string;
  submit: string;
  /** What is sent; an error that it throws is shown. Not called while `missing` says something. */
  send: () => Promise<void>;
  missing: readonly (string | undefined)[];
  note?: ReactNode;
  /** Links to other forms, or what else can be done; what `attempt` is given may throw as `send` may. */
  others?: ReactNode | ((attempt: (act: () => Promise<void>) => void) => ReactNode);
  /** The fields; `tried` once somebody has sent the form, so that what is missing is said then. */
  children: (tried: boolean) => ReactNode;
}

export function AuthForm({ title, submit, send, missing, note, others, children }: FormProps) {
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  useEffect(() => named(title), [title]);
  const attempt = async (act: () => Promise<void>) => {
    setSending(true);
    setError(undefined);
    try {
      await act();
    } catch (fault) {
      setError(told(fault));
    } finally {
      setSending(false);
    }
  };
  const submitted = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing.some(Boolean)) void attempt(send);
  };
  return (
    <form onSubmit={submitted} noValidate>
      <Container header={<Header variant="h1">{title}</Header>}>
        <SpaceBetween size="l">
          {note && <Box color="text-body-secondary">{note}</Box>}
          {error && (
            <div role="alert">
              <Alert type="error">{error}</Alert>
            </div>
          )}
          {children(tried)}
          <Button variant="primary" formAction="submit" fullWidth loading={sending} loadingText={text.common.loading}>
            {submit}
          </Button>
          {typeof others === 'function' ? others((act) => void attempt(act)) : others}
        </SpaceBetween>
      </Container>
    </form>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | false | undefined;
  hint?: string;
  input: Pick<InputProps, 'type' | 'autoComplete' | 'inputMode' | 'autoFocus' | 'disableBrowserAutocorrect'>;
}

export function Field({ label, value, onChange, error, hint, input }: FieldProps) {
  return (
    <FormField label={label} errorText={error} constraintText={hint} stretch>
      <Input value={value} onChange={({ detail }) => onChange(detail.value)} {...input} />
    </FormField>
  );
}

/** An error whose message is for people. */
export class Told extends Error {}

/** Cognito's refusals have names. */
function told(fault: unknown): string {
  if (fault instanceof Told) return fault.message;
  const name = fault instanceof Error ? fault.name : '';
  return text.auth.errors[name] ?? (name === 'NetworkError' ? text.common.errors.unreachable : text.common.errors.internal);
}
