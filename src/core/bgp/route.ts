import {
  type Community,
  type ExtendedCommunity,
  type LargeCommunity,
  wellKnownCommunities,
} from '../wire/bgp/communities.js';
import type { Prefix } from '../wire/bgp/prefix.js';

/** Routes that this node originates, with the same attributes: what UPDATEs tell together. */
export interface Routes {
  readonly attributes: RouteAttributes;
  readonly prefixes: readonly Prefix[];
}

/** What a route says beside its prefix. Routes that are made together share it. */
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

/** Those of a route whose node is about to go: routers with a better path take that one, and go on with this one while there is none (RFC 8326 4). */
export function goingAttributes(attributes: RouteAttributes): RouteAttributes {
  const mark = wellKnownCommunities['graceful-shutdown'];
  const communities = attributes.communities ?? [];
  return {
    ...attributes,
    communities: communities.includes(mark) ? communities : [...communities, mark],
    localPref: 0,
  };
}

/** Routes that are being put together by their attributes. */
export type Gathering = Map<RouteAttributes, Prefix[]>;

export function gather(all: Gathering, prefix: Prefix, attributes: RouteAttributes): void {
  const some = all.get(attributes);
  if (some) some.push(prefix);
  else all.set(attributes, [prefix]);
}

/** What was put together, in the order in which attributes came first. */
export function gathered(all: Gathering): Routes[] {
  return [...all].map(([attributes, prefixes]) => ({ attributes, prefixes }));
}
