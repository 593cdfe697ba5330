/** Which ways lead away from what is being typed. Pure. */
import type { Location } from 'react-router';

/** Goes along with a step that somebody has been asked about already: an image that they deleted needs no saving. */
export const DECIDED = { isDecided: true } as const;

type Place = Pick<Location, 'pathname' | 'search' | 'state'>;

/** To another page, or another part of it; a jump within the page leaves nothing. */
export const leaves = (from: Place, to: Place): boolean =>
  (from.pathname !== to.pathname || from.search !== to.search) &&
  (to.state as Partial<typeof DECIDED> | null)?.isDecided !== true;
