import Button from '@cloudscape-design/components/button';
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';

import { ApiError } from '../api/errors';
import { text } from '../messages';
import { sentence } from './sentence';

const GOES_AFTER_MS = 6000;

interface Notices {
  items: readonly FlashbarProps.MessageDefinition[];
  success: (content: ReactNode) => void;
  info: (content: ReactNode) => void;
  error: (error: unknown) => void;
}

const Context = createContext<Notices | null>(null);

/** Messages at the top of the page: `useNotices().success('Saved')`, `.error(error)`. */
export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error('useNotices outside of the shell');
  return notices;
}

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const notices = useMemo(() => {
    const remove = (id: string) => setItems((all) => all.filter((item) => item.id !== id));
    const add = (item: FlashbarProps.MessageDefinition, passes: boolean) => {
      const id = crypto.randomUUID();
      const dismiss = { dismissible: true, dismissLabel: text.common.dismiss, onDismiss: () => remove(id) };
      setItems((all) => [{ id, ...dismiss, ...item }, ...all].slice(0, 5));
      if (passes) setTimeout(() => remove(id), GOES_AFTER_MS);
    };
    return {
      success: (content: ReactNode) => add({ type: 'success', content, ariaRole: 'status' }, true),
      info: (content: ReactNode) => add({ type: 'info', content, ariaRole: 'status' }, true),
      error: (error: unknown) =>
        add({ type: 'error', content: sentence(error), action: upgradeOffer(error), ariaRole: 'alert' }, false),
    };
  }, []);
  return <Context.Provider value={useMemo(() => ({ ...notices, items }), [notices, items])}>{children}</Context.Provider>;
}

/** Where somebody who ran out of credits is sent, if this installation sells any. */
export function upgradeOffer(error: unknown): ReactNode {
  const url = error instanceof ApiError ? error.details.upgradeUrl : undefined;
  if (typeof url !== 'string' || !url) return undefined;
  return (
    <Button href={url} target="_blank" iconName="external" iconAlign="right">
      {text.common.upgrade}
    </Button>
  );
}
