const WIDTH = 220;

/** How many cards stand beside each other; two on a phone. */
export const columns = (width: number): number => Math.max(2, Math.floor(width / WIDTH));
