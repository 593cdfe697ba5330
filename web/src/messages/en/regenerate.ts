import { count, integer } from '../format';

export const regenerate = {
  action: 'Regenerate',
  title: (images: number) =>
    images === 1 ? 'Regenerate metadata for this image?' : `Regenerate metadata for ${integer(images)} images?`,
  cost: (images: number) => `This uses ${integer(images)} of your available uploads.`,
  ownKey: 'Your own provider key pays for this: it uses none of your available uploads.',
  left: (remaining: number, limit: number) => `${integer(remaining)} of ${count(limit, 'upload', 'uploads')} left in this month.`,
  provider: 'Provider',
  asInSettings: 'As in the settings',
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
  processing: 'While this image is being processed it cannot be regenerated.',
  exhausted: 'No uploads are left in this month.',
  started: (images: number) => `${count(images, 'image is', 'images are')} being regenerated.`,
};

/** Languages are named by the browser; these are offered. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'da', 'ja', 'zh'];
