/** What is said of an image, in more places than one. */
import type { ImageView } from '../api/client';
import { text } from '../messages';

export const nameOf = (image: ImageView): string => image.metadata.title || image.fileName;

/** Whether work on it is under way, so that none can be started. */
export const isBusy = ({ status }: ImageView): boolean =>
  status === 'pending' || status === 'queued' || status === 'processing' || status === 'retrying';

/** Who wrote the texts: the AI where it wrote any of them. */
export function writerOf({ provenance }: ImageView): string {
  const origins = Object.values(provenance);
  const origin = origins.find(({ source }) => source === 'ai') ?? provenance.title ?? origins[0];
  if (!origin) return text.library.nobody;
  if (origin.source === 'ai' && origin.provider) return origin.model ?? origin.provider;
  return text.library.sources[origin.source] ?? origin.source;
}
