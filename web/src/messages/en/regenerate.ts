import { count, integer } from '../format';

export const regenerate = {
  action: 'Regenerate',
  title: (images: number) =>
    images === 1 ? 'Regenerate metadata for this image?' : `Regenerate metadata for ${integer(images)} images?`,
  cost: (images: number) => `This uses ${integer(images)} of the available uploads.`,
  ownKey: 'Your own provider key pays for this. It uses none of the available uploads.',
  left: (remaining: number, limit: number) => `${integer(remaining)} of ${count(limit, 'upload', 'uploads')} left this month.`,
  provider: 'Provider',
  asInSettings: 'As in your settings',
  providers: { heuristic: 'Without AI', openai: 'OpenAI', bedrock: 'Amazon Bedrock' },
  language: 'Language',
  policy: 'Existing texts',
  policies: {
    keep_human: 'Keep what people wrote',
    always: 'Replace what machines wrote',
    only_empty: 'Only fill what is empty',
    if_better: 'Replace only with better ones',
  },
  confirm: 'Regenerate',
  cancel: 'Cancel',
  refused: {
    processing: 'While this image is being processed it cannot be regenerated.',
    noFile: 'The file of this image has not arrived yet.',
    cancelled: 'The upload was cancelled, so there is no file to describe.',
  },
  /** For `images` images, of which `left` can be done. */
  short: (left: number, images: number) => {
    if (left <= 0) return 'You have no uploads left this month.';
    return `Only ${integer(left)} of these ${integer(images)} images can be regenerated now. The others wait until you have uploads again.`;
  },
  started: (images: number) => `${count(images, 'image is', 'images are')} being regenerated.`,
};

/** Languages are named by the browser; these are offered. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'ja', 'zh'];
