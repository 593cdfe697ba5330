/** What a run of the texts was, and what it left as it was, in words. Pure. */
import { text } from '../../messages';
import { decimal, dollars, spoken } from '../../messages/format';
import { providerName } from '../../ui/options';

const messages = text.image.history;
const fields: Readonly<Record<string, string>> = text.image.fields;

type Told = Readonly<Record<string, unknown>>;
const MS_PER_SECOND = 1000;

/** `gpt-5.4-mini · 1 upload · $0.0004 · 2.3 s`; nothing of an edit. */
export function factsOf(details: Told): string {
  const { provider, model, credits, costUsd, latencyMs, forced } = details;
  const facts = [
    typeof model === 'string' ? model : typeof provider === 'string' && providerName(provider),
    typeof credits === 'number' && messages.uploads(credits),
    typeof costUsd === 'number' && costUsd > 0 && dollars(costUsd),
    typeof latencyMs === 'number' && latencyMs > 0 && messages.took(decimal(latencyMs / MS_PER_SECOND)),
    forced === true && messages.forced,
  ];
  return facts.filter(Boolean).join(' · ');
}

/** Who should have written the texts, where somebody stood in. */
export function standInOf({ fallback }: Told): string | null {
  if (typeof fallback !== 'object' || fallback === null) return null;
  const { insteadOf, code } = fallback as Told;
  return messages.insteadOf(providerName(String(insteadOf)), spoken(String(code)));
}

/** The fields that a policy kept, each with why. What nobody wanted to change goes without saying. */
export function keptOf(reasons: Told): string[] {
  return Object.entries(reasons).flatMap(([field, decision]) => {
    const why = messages.keptFor[String((decision as Told).reason)];
    return why ? [messages.keptField(fields[field] ?? field, why)] : [];
  });
}
