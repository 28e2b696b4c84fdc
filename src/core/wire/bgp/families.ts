import type { Family } from '../../ip/address.js';

/** An address family and what its routes are for, by their IANA numbers: {afi: 1, safi: 1} is IPv4 unicast. */
export interface AfiSafi {
  readonly afi: number;
  readonly safi: number;
}

/** SAFI of unicast routes (RFC 4760 6). */
export const unicast = 1;

/** AFI of a family: 1 or 2. */
export function afiOf(family: Family): 1 | 2 {
  return family === 4 ? 1 : 2;
}

/** The family whose unicast routes these numbers mean; undefined when it is none of ours. */
export function familyOfNumbers({ afi, safi }: AfiSafi): Family | undefined {
  if (safi !== unicast) return undefined;
  return afi === 1 ? 4 : afi === 2 ? 6 : undefined;
}
