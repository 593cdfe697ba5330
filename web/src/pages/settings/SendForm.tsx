import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { Refused } from '../../ui/Refused';

interface Props {
  submit: string;
  isPending: boolean;
  error: unknown;
  onSubmit: () => void;
  children: ReactNode;
}

/** A form for what is sent by itself, beside the preferences: a secret that never comes out again, an import. */
export function SendForm({ submit, isPending, error, onSubmit, children }: Props) {
  return (
    <form
      noValidate
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Form actions={<Button loading={isPending}>{submit}</Button>}>
        <SpaceBetween size="l">
          {Boolean(error) && <Refused error={error} />}
          {children}
        </SpaceBetween>
      </Form>
    </form>
  );
}
