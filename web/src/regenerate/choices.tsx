import FormField from '@cloudscape-design/components/form-field';
import Select, { type SelectProps } from '@cloudscape-design/components/select';

import { text } from '../messages';
import { LANGUAGES } from '../messages/en/regenerate';

const messages = text.regenerate;
const names = new Intl.DisplayNames('en', { type: 'language' });

const AS_IN_SETTINGS: SelectProps.Option = { value: '', label: messages.asInSettings };

const options = (labels: Readonly<Record<string, string>>): readonly SelectProps.Option[] => [
  AS_IN_SETTINGS,
  ...Object.entries(labels).map(([value, label]) => ({ value, label })),
];

export const PROVIDER_OPTIONS = options(messages.providers);
export const POLICY_OPTIONS = options(messages.policies);
export const LANGUAGE_OPTIONS = options(Object.fromEntries(LANGUAGES.map((tag) => [tag, names.of(tag) ?? tag])));

interface Props {
  label: string;
  options: readonly SelectProps.Option[];
  value: string;
  onChange: (value: string) => void;
}

export function Choice({ label, options, value, onChange }: Props) {
  return (
    <FormField label={label}>
      <Select
        options={options}
        selectedOption={options.find((option) => option.value === value) ?? null}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
        expandToViewport
      />
    </FormField>
  );
}
