import { useEffect } from 'react';
import { useLocation } from 'react-router';

import { text } from '../messages';

/** Names the browser's tab. */
export function named(title: string): void {
  document.title = `${title} · ${text.common.product}`;
}

/** The page that was looked at last; nothing is where the console has just begun. */
let shown: string | undefined;

/**
 * Names the page. Where somebody came to it from another one, its heading gets the focus: what was clicked may be
 * gone, and who does not see the page is told where they are.
 */
export function useTitle(title: string): void {
  const { pathname } = useLocation();
  useEffect(() => named(title), [title]);
  useEffect(() => {
    const isOther = shown !== undefined && shown !== pathname;
    shown = pathname;
    if (!isOther) return;
    const heading = document.querySelector<HTMLElement>('#content h1');
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
  }, [pathname]);
}
