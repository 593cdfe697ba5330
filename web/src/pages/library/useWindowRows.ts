import { useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

interface Rows {
  /** To be put on the element that holds the rows. */
  ref: RefObject<HTMLDivElement | null>;
  width: number;
  rows: readonly VirtualItem[];
  /** Pixels. */
  height: number;
  offset: number;
}

interface Options {
  /** Of rows, at this width. */
  count: (width: number) => number;
  /** Pixels; every row is as high as the others. */
  rowHeight: (width: number) => number;
  hasMore: boolean;
  /** The last time that more was asked for it did not come. */
  hasFailed: boolean;
  loadMore: () => void;
}

const AHEAD = 4;

/** Only the rows near the window are drawn, however many there are; near the end more is asked for. */
export function useWindowRows({ count, rowHeight, hasMore, hasFailed, loadMore }: Options): Rows {
  const ref = useRef<HTMLDivElement>(null);
  const { width, offset } = useBox(ref);
  const height = rowHeight(width);
  const all = width ? count(width) : 0;
  const virtualizer = useWindowVirtualizer({ count: all, estimateSize: () => height, overscan: AHEAD, scrollMargin: offset });
  useEffect(() => virtualizer.measure(), [virtualizer, height]);
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  // Once a page did not come it is asked for again when somebody wants it, or when the list changes.
  const isNearEnd = width > 0 && hasMore && !hasFailed && last >= all - AHEAD;
  useEffect(() => {
    if (isNearEnd) loadMore();
    // Asked for once for each end that is reached.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isNearEnd, all]);
  return { ref, width, rows, height: virtualizer.getTotalSize(), offset };
}

/** What was measured last. A list that is come back to has its height at once, and the scroll position its place. */
let measured = { width: 0, offset: 0 };

/** Width of an element, and how far below the top of the document it begins. */
function useBox(ref: RefObject<HTMLElement | null>): { width: number; offset: number } {
  const [box, setBox] = useState(measured);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const measure = () => {
      const offset = Math.round(element.getBoundingClientRect().top + window.scrollY);
      const width = element.clientWidth;
      if (measured.width !== width || measured.offset !== offset) measured = { width, offset };
      setBox(measured);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    measure();
    return () => observer.disconnect();
  }, [ref]);
  return box;
}
