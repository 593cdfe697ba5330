import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { text } from '../../messages';
import { Refused } from '../../ui/Refused';
import { Unsaved } from '../../ui/Unsaved';
import type { Form as FormState } from './useForm';

interface Props {
  form: FormState<never> | FormState<object>;
  /** Whether what was entered can be sent. */
  isFit: boolean;
  onSave: () => void;
  children: ReactNode;
}

/** A form with its buttons, and with what the API said of it. */
export function FormFrame({ form, isFit, onSave, children }: Props) {
  const { isDirty, isSaving, error, isOutdated, discard, reload } = form;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isDirty && isFit) onSave();
      }}
    >
      <Unsaved isEdited={isDirty && !isSaving} />
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" disabled={!isDirty || isSaving} onClick={discard}>
              {text.common.discard}
            </Button>
            <Button variant="primary" disabled={!isDirty || !isFit} loading={isSaving}>
              {text.common.save}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {isOutdated ? <Outdated onLoad={reload} /> : Boolean(error) && <Refused error={error} />}
          {children}
        </SpaceBetween>
      </Form>
    </form>
  );
}

function Outdated({ onLoad }: { onLoad: () => void }) {
  const { title, text: explanation, load } = text.settings.conflict;
  return (
    <Alert
      type="warning"
      header={title}
      action={
        <Button formAction="none" onClick={onLoad}>
          {load}
        </Button>
      }
    >
      {explanation}
    </Alert>
  );
}
