import { assert } from '../../assert.js';
import type { Family } from '../../ip/address.js';
import { readUint16 } from '../octets.js';
import { afiOf, familyOfNumbers, unicast } from './families.js';
import { type Prefix, readPrefixes } from './prefix.js';

/** Routes of one family with their next hop. */
export interface Reach {
  /**
   * 4 bytes; or 16, a global or link-local address; or 32, a global address and the link-local one on the link that is
   * shared with the peer (RFC 2545 3). IPv4 routes may have an IPv6 next hop (RFC 8950).
   */
  readonly nextHop: Uint8Array;
  readonly prefixes: readonly Prefix[];
}

/** Octets of MP_REACH_NLRI before its prefixes (RFC 4760 3): AFI, SAFI, length, next hop, and one that is reserved. */
export function mpReachHead(family: Family, nextHop: Uint8Array): number[] {
  assert(nextHop.length === 16 || nextHop.length === 32, `a next hop of ${nextHop.length} bytes in MP_REACH_NLRI`);
  return [0, afiOf(family), unicast, nextHop.length, ...nextHop, 0];
}

/** Octets of MP_UNREACH_NLRI before its prefixes (RFC 4760 4). */
export function mpUnreachHead(family: Family): number[] {
  return [0, afiOf(family), unicast];
}

/** What MP_REACH_NLRI or MP_UNREACH_NLRI may be instead of routes. */
export type MultiprotocolFault =
  /** A family that is none of ours: to be ignored. */
  | 'family'
  /** The prefixes cannot be found, or make no sense. */
  | 'malformed';

/** Reads the value of MP_REACH_NLRI; next hop lengths as RFC 4760, RFC 2545 3 and RFC 8950 3 allow them. */
export function readMpReach(value: Uint8Array): Reach | MultiprotocolFault {
  if (value.length < 5) return 'malformed';
  const family = familyOfNumbers({ afi: readUint16(value, 0), safi: value[2]! });
  if (family === undefined) return 'family';
  const length = value[3]!;
  const allowed = length === 16 || length === 32 || (family === 4 && length === 4);
  if (!allowed || 5 + length > value.length) return 'malformed';
  const prefixes = readPrefixes(value, 5 + length, value.length, family);
  return prefixes ? { nextHop: value.slice(4, 4 + length), prefixes } : 'malformed';
}

/** Reads the value of MP_UNREACH_NLRI. */
export function readMpUnreach(value: Uint8Array): { family: Family; prefixes: Prefix[] } | MultiprotocolFault {
  if (value.length < 3) return 'malformed';
  const family = familyOfNumbers({ afi: readUint16(value, 0), safi: value[2]! });
  if (family === undefined) return 'family';
  const prefixes = readPrefixes(value, 3, value.length, family);
  return prefixes ? { family, prefixes } : 'malformed';
}
