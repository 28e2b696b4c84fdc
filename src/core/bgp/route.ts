import type { Community, ExtendedCommunity, LargeCommunity } from '../wire/bgp/communities.js';
import type { Prefix } from '../wire/bgp/prefix.js';

/** A route that this node originates. */
export interface Route extends RouteAttributes {
  readonly prefix: Prefix;
}

/** What a route says beside its prefix. */
export interface RouteAttributes {
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

/** Whether two have the very same attributes, as routes that were made together have: equal ones that were not may differ by this. */
export function shareAttributes(a: RouteAttributes, b: RouteAttributes): boolean {
  return (
    a.communities === b.communities &&
    a.extendedCommunities === b.extendedCommunities &&
    a.largeCommunities === b.largeCommunities &&
    a.med === b.med &&
    a.localPref === b.localPref &&
    a.prepend === b.prepend
  );
}
