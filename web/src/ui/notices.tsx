import Button from '@cloudscape-design/components/button';
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';

import { ApiError } from '../api/errors';
import { text } from '../messages';
import { sentence } from './sentence';

const GOES_AFTER_MS = 6000;
const MOST = 5;

export interface Notice {
  id: string;
  type: 'success' | 'info' | 'warning' | 'error';
  content: ReactNode;
  action?: ReactNode;
}

interface Notices {
  items: readonly Notice[];
  success: (content: ReactNode) => void;
  info: (content: ReactNode) => void;
  /** Stays until somebody closes it, as an error does. */
  warning: (content: ReactNode) => void;
  error: (error: unknown) => void;
  remove: (id: string) => void;
}

const Context = createContext<Notices | null>(null);

/** Messages over the page: `useNotices().success('Saved')`, `.error(error)`. */
export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error('useNotices outside of the shell');
  return notices;
}

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly Notice[]>([]);
  const notices = useMemo(() => {
    const remove = (id: string) => setItems((all) => all.filter((item) => item.id !== id));
    const add = (notice: Omit<Notice, 'id'>) => {
      const id = crypto.randomUUID();
      setItems((all) => [{ id, ...notice }, ...all].slice(0, MOST));
      return id;
    };
    const pass = (id: string) => setTimeout(() => remove(id), GOES_AFTER_MS);
    return {
      remove,
      success: (content: ReactNode) => void pass(add({ type: 'success', content })),
      info: (content: ReactNode) => void pass(add({ type: 'info', content })),
      warning: (content: ReactNode) => void add({ type: 'warning', content }),
      error: (error: unknown) => void add({ type: 'error', content: sentence(error), action: upgradeOffer(error) }),
    };
  }, []);
  return <Context value={useMemo(() => ({ ...notices, items }), [notices, items])}>{children}</Context>;
}

/** What somebody who ran out of uploads or tokens is offered, if this installation sells any. */
export function upgradeOffer(error: unknown): ReactNode {
  return error instanceof ApiError ? upgradeTo(error.details.upgradeUrl) : undefined;
}

/** The way to a larger plan; nothing where there is none, or none is known yet. */
export function upgradeTo(url: unknown): ReactNode {
  if (typeof url !== 'string' || !url) return undefined;
  return (
    <Button href={url} target="_blank" iconName="external" iconAlign="right">
      {text.common.upgrade}
    </Button>
  );
}
