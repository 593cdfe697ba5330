import Multiselect from '@cloudscape-design/components/multiselect';

import { text } from '../../messages';
import { FIELDS } from '../../messages/en/jobs';
import type { FieldName } from './draft';

const OPTIONS = FIELDS.map((value) => ({ value, label: text.jobs.fields[value] }));

interface Props {
  chosen: readonly FieldName[];
  onChoose: (fields: readonly FieldName[]) => void;
  placeholder?: string;
}

/** Some of the texts of an image. */
export function FieldChoice({ chosen, onChoose, placeholder }: Props) {
  return (
    <Multiselect
      options={OPTIONS}
      selectedOptions={OPTIONS.filter(({ value }) => chosen.includes(value))}
      onChange={({ detail }) => onChoose(detail.selectedOptions.map(({ value }) => value as FieldName))}
      {...(placeholder && { placeholder })}
    />
  );
}
