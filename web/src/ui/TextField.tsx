import FormField from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';

import { text } from '../messages';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  /** What is wrong with the value; undefined where nothing is. */
  fault?: string | undefined;
  isOptional?: boolean;
  /** A password or key: hidden, and not offered to be remembered. */
  isSecret?: boolean;
  inputMode?: InputProps['inputMode'];
  placeholder?: string;
}

/** A line of text with its name. */
export function TextField({ label, value, onChange, hint, fault, isOptional, isSecret, inputMode, placeholder }: Props) {
  return (
    <FormField
      label={isOptional ? <Optional label={label} /> : label}
      {...(hint && { constraintText: hint })}
      errorText={fault}
      stretch
    >
      <Input
        value={value}
        onChange={({ detail }) => onChange(detail.value)}
        {...(isSecret && { type: 'password', autoComplete: 'new-password' })}
        {...(inputMode && { inputMode })}
        {...(placeholder && { placeholder })}
      />
    </FormField>
  );
}

function Optional({ label }: { label: string }) {
  return (
    <>
      {label} <i>{`– ${text.common.optional}`}</i>
    </>
  );
}
