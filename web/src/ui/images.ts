/** What is said of an image, in more places than one. */
import type { ImageView } from '../api/client';
import { text } from '../messages';

export const nameOf = (image: ImageView): string => image.metadata.title || image.fileName;

/** What stands for the alt text in a list; null where there is none yet. */
export const altTextOf = ({ metadata }: ImageView): string | null =>
  metadata.decorative ? text.library.decorative : metadata.altText || null;

/** Whether work on it is under way, so that none can be started. */
export const isBusy = ({ status }: ImageView): boolean =>
  status === 'pending' || status === 'queued' || status === 'processing' || status === 'retrying';

/** Why it cannot be regenerated, in a sentence; null where it can. */
export function whyNoRun(image: ImageView): string | null {
  const { processing, noFile, cancelled } = text.regenerate.refused;
  if (image.status === 'cancelled') return cancelled;
  if (image.status === 'pending') return noFile;
  return isBusy(image) ? processing : null;
}

/** Who wrote the texts: the AI where it wrote any of them. */
export function writerOf({ provenance }: ImageView): string {
  const origins = Object.values(provenance);
  const origin = origins.find(({ source }) => source === 'ai') ?? provenance.title ?? origins[0];
  if (!origin) return text.library.nobody;
  if (origin.source === 'ai' && origin.provider) return origin.model ?? origin.provider;
  return text.library.sources[origin.source] ?? origin.source;
}
