import { useCallback, useEffect, useMemo, useRef, useState, type MouseEvent } from 'react';

import type { ImageView } from '../../api/client';

/** The API takes so many images by name. */
export const MOST_CHOSEN = 1000;

export interface Selection {
  ids: ReadonlySet<string>;
  has: (id: string) => boolean;
  /** With `isRange` everything between the one before and this one is selected. */
  toggle: (id: string, isRange: boolean) => void;
  all: () => void;
  clear: () => void;
}

/** The ids from one to the other, both included, in whichever order. */
export function between(ids: readonly string[], one: string, other: string): readonly string[] {
  const [from, to] = [ids.indexOf(one), ids.indexOf(other)].sort((a, b) => a - b) as [number, number];
  return from < 0 ? [other] : ids.slice(from, to + 1);
}

/** What is selected of these images; an image that goes away is not selected any more. */
export function useSelection(images: readonly ImageView[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string>(undefined);
  const order = useMemo(() => images.map(({ id }) => id), [images]);
  const ids = useMemo(() => new Set(order.filter((id) => chosen.has(id))), [order, chosen]);
  // So that the cards need not be drawn again when an image is added.
  const latest = useRef(order);
  useEffect(() => {
    latest.current = order;
  }, [order]);
  const toggle = useCallback((id: string, isRange: boolean) => {
    const from = anchor.current;
    anchor.current = id;
    setChosen((before) => {
      if (isRange && from) return new Set([...before, ...between(latest.current, from, id)]);
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  return {
    ids,
    has: (id) => ids.has(id),
    toggle,
    all: () => setChosen(new Set(order)),
    clear: () => setChosen(new Set()),
  };
}

/** A click with Shift is for a range, and not for the box alone that it is on. */
export const onShiftClick = (act: () => void) => (event: MouseEvent) => {
  if (!event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
};
