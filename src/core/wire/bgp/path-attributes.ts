import { assert } from '../../assert.js';
import { type AsPathSegment, asOctets, asPathOctets, needsFourOctets } from './as-path.js';
import {
  type Community,
  distinctLargeCommunities,
  type ExtendedCommunity,
  type LargeCommunity,
} from './communities.js';

/** ORIGIN (RFC 4271 5.1.1), in the order of its values. */
export const origins = ['igp', 'egp', 'incomplete'] as const;

/** What an UPDATE says of all its routes, next hops left out. Absent where an attribute is. */
export interface PathAttributes {
  readonly origin?: (typeof origins)[number];
  readonly asPath?: readonly AsPathSegment[];
  /** MULTI_EXIT_DISC and LOCAL_PREF: unsigned, 32 bits. */
  readonly med?: number;
  readonly localPref?: number;
  readonly atomicAggregate?: true;
  readonly aggregator?: Aggregator;
  readonly communities?: readonly Community[];
  readonly extendedCommunities?: readonly ExtendedCommunity[];
  readonly largeCommunities?: readonly LargeCommunity[];
}

/** Who formed an aggregate (RFC 4271 5.1.7). */
export interface Aggregator {
  readonly as: number;
  /** IPv4 address, 4 bytes. */
  readonly address: Uint8Array;
}

/** Numbers of the attributes: RFC 4271 5, 1997, 4456, 4760, 4360, 6793, 8092. */
export const attributeType = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  med: 4,
  localPref: 5,
  atomicAggregate: 6,
  aggregator: 7,
  communities: 8,
  originatorId: 9,
  clusterList: 10,
  mpReach: 14,
  mpUnreach: 15,
  extendedCommunities: 16,
  as4Path: 17,
  as4Aggregator: 18,
  largeCommunities: 32,
} as const;

/** Flags of an attribute (RFC 4271 4.3). */
export const attributeFlag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

/** The pairs of flags that types have. */
export const wellKnown = attributeFlag.transitive;
export const optionalTransitive = attributeFlag.optional | attributeFlag.transitive;
export const optionalOnly = attributeFlag.optional;

/** What stands before the value of an attribute in an UPDATE; the length takes two octets where it must. */
export function attributeHead(flags: number, type: number, length: number): number[] {
  assert(length <= 0xffff, `attribute ${type} has ${length} octets`);
  if (length <= 0xff) return [flags, type, length];
  return [flags | attributeFlag.extendedLength, type, length >> 8, length & 0xff];
}

/**
 * Encodes attributes in the order of their numbers (RFC 4271 5).
 *
 * @param nextHop the value of NEXT_HOP, 4 bytes; undefined for routes that stand in MP_REACH_NLRI
 * @param fourOctetAs whether the peer knows AS numbers of 32 bits (RFC 6793); one that does not gets AS4_PATH where it matters
 */
export function pathAttributesOctets(
  attributes: PathAttributes,
  nextHop: Uint8Array | undefined,
  fourOctetAs: boolean,
): number[] {
  const { origin, asPath, med, localPref, atomicAggregate, aggregator } = attributes;
  const { communities, extendedCommunities, largeCommunities } = attributes;
  const octets: number[] = [];
  const add = (flags: number, type: number, value: readonly number[]) =>
    octets.push(...attributeHead(flags, type, value.length), ...value);
  if (origin) add(wellKnown, attributeType.origin, [origins.indexOf(origin)]);
  if (asPath) add(wellKnown, attributeType.asPath, asPathOctets(asPath, fourOctetAs));
  if (nextHop) add(wellKnown, attributeType.nextHop, [...nextHop]);
  if (med !== undefined) add(optionalOnly, attributeType.med, four(med));
  if (localPref !== undefined) add(wellKnown, attributeType.localPref, four(localPref));
  if (atomicAggregate) add(wellKnown, attributeType.atomicAggregate, []);
  if (aggregator) add(optionalTransitive, attributeType.aggregator, aggregatorOctets(aggregator, fourOctetAs));
  if (communities?.length) add(optionalTransitive, attributeType.communities, communities.flatMap(four));
  if (extendedCommunities?.length) {
    add(optionalTransitive, attributeType.extendedCommunities, extendedCommunities.flatMap(eight));
  }
  if (!fourOctetAs && asPath && needsFourOctets(asPath)) {
    // RFC 6793 4.2.2: segments of confederations stay out of it.
    const told = asPath.filter(({ type }) => type === 'set' || type === 'sequence');
    add(optionalTransitive, attributeType.as4Path, asPathOctets(told, true));
  }
  if (!fourOctetAs && aggregator && aggregator.as > 0xffff) {
    add(optionalTransitive, attributeType.as4Aggregator, aggregatorOctets(aggregator, true));
  }
  if (largeCommunities?.length) {
    add(
      optionalTransitive,
      attributeType.largeCommunities,
      distinctLargeCommunities(largeCommunities).flatMap((parts) => parts.flatMap(four)),
    );
  }
  return octets;
}

function aggregatorOctets({ as, address }: Aggregator, fourOctetAs: boolean): number[] {
  return [...asOctets(as, fourOctetAs), ...address];
}

function four(value: number): number[] {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, `${value} is not a number of 32 bits`);
  return asOctets(value, true);
}

function eight(value: bigint): number[] {
  return [...four(Number(value >> 32n)), ...four(Number(value & 0xffff_ffffn))];
}
