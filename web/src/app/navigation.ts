import { text } from '../messages';

const names = text.common.navigation;

/** The pages in the side navigation, in order. A page stands here once it works. */
export const PAGES: readonly { text: string; href: string }[] = [
  { text: names.library, href: '/' },
  { text: names.jobs, href: '/jobs' },
  { text: names.studio, href: '/studio' },
  { text: names.usage, href: '/usage' },
  { text: names.settings, href: '/settings' },
];
