import type { IconProps } from '@cloudscape-design/components/icon';

import { text } from '../messages';

const names = text.common.navigation;

interface Page {
  text: string;
  href: string;
  icon: IconProps.Name;
}

/** The pages in the navigation, in order. A page stands here once it works. */
export const PAGES: readonly Page[] = [
  { text: names.library, href: '/', icon: 'grid-view' },
  { text: names.jobs, href: '/jobs', icon: 'multiscreen' },
  { text: names.studio, href: '/studio', icon: 'gen-ai' },
  { text: names.usage, href: '/usage', icon: 'transcript' },
  { text: names.settings, href: '/settings', icon: 'settings' },
];
