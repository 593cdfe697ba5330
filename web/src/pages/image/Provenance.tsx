import Badge from '@cloudscape-design/components/badge';

import type { Schemas } from '../../api/client';
import { text } from '../../messages';

const { by } = text.image;

const COLOURS = { human: 'green', ai: 'blue', embedded: 'grey', heuristic: 'grey' } as const;
type Source = keyof typeof COLOURS;

/** Where a field's text came from. */
export function Provenance({ origin }: { origin: Schemas['ProvenanceView'] | undefined }) {
  if (!origin) return null;
  const source = origin.source as Source;
  const label = source === 'ai' ? by.ai(origin.model ?? origin.provider ?? '') : by[source];
  return <Badge color={COLOURS[source]}>{label}</Badge>;
}
