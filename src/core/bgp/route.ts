import type { Community, ExtendedCommunity, LargeCommunity } from '../wire/bgp/communities.js';
import type { Prefix } from '../wire/bgp/prefix.js';

/** A route that this node originates. */
export interface Route {
  readonly prefix: Prefix;
  readonly communities?: readonly Community[];
  readonly extendedCommunities?: readonly ExtendedCommunity[];
  readonly largeCommunities?: readonly LargeCommunity[];
  /** MULTI_EXIT_DISC: unsigned, 32 bits. */
  readonly med?: number;
  /** LOCAL_PREF, for peers of our own AS only: unsigned, 32 bits; 100 when absent. */
  readonly localPref?: number;
  /** How often our AS stands in the path beyond the first time, for peers of another AS only: 0..254. */
  readonly prepend?: number;
}
