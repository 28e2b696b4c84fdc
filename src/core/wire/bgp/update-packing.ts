import { assert } from '../../assert.js';
import type { Family } from '../../ip/address.js';
import { headerLength, longestMessage, messageType, writeMessage } from './header.js';
import { familyOfPrefix, mpReachHead, mpUnreachHead } from './multiprotocol.js';
import {
  attributeOctets,
  attributeType,
  optionalOnly,
  type PathAttributes,
  pathAttributesOctets,
} from './path-attributes.js';
import { type Prefix, prefixOctets } from './prefix.js';

/** Octets of an UPDATE before attributes and prefixes: the header and two lengths. */
const fixedLength = headerLength + 4;
const room = longestMessage - fixedLength;
/** Flags, type and length of an attribute whose length takes two octets. */
const attributeHeadLength = 4;

/**
 * Encodes the announcement of routes with equal attributes in as few UPDATEs as hold them, each of up to 4096 octets. IPv4
 * routes with an IPv4 next hop stand in the message itself, all others in MP_REACH_NLRI, which comes first (RFC 7606 5.1).
 *
 * @param prefixes of one family, in the order in which they are to be sent
 * @param nextHop as of `Reach`
 * @param fourOctetAs whether both speakers know AS numbers of 32 bits
 * @throws InvariantError when the attributes leave no room for a prefix
 */
export function encodeAnnouncements(
  prefixes: readonly Prefix[],
  nextHop: Uint8Array,
  attributes: PathAttributes,
  fourOctetAs: boolean,
): Uint8Array[] {
  const [first] = prefixes;
  if (first === undefined) return [];
  if (nextHop.length === 4) {
    const octets = pathAttributesOctets(attributes, nextHop, fourOctetAs);
    return batches(prefixes, room - octets.length).map((nlri) => update([], octets, nlri));
  }
  const octets = pathAttributesOctets(attributes, undefined, fourOctetAs);
  const head = mpReachHead(familyOfPrefix(first), nextHop);
  const most = room - octets.length - attributeHeadLength - head.length;
  return batches(prefixes, most).map((nlri) =>
    update([], [...attributeOctets(optionalOnly, attributeType.mpReach, [...head, ...nlri]), ...octets], []),
  );
}

/**
 * Encodes the withdrawal of routes of one family in as few UPDATEs as hold them.
 *
 * @param multiprotocol whether IPv4 routes were announced in MP_REACH_NLRI; those of IPv6 always were
 */
export function encodeWithdrawals(prefixes: readonly Prefix[], multiprotocol: boolean): Uint8Array[] {
  const [first] = prefixes;
  if (first === undefined) return [];
  const family = familyOfPrefix(first);
  if (family === 4 && !multiprotocol) return batches(prefixes, room).map((withdrawn) => update(withdrawn, [], []));
  const head = mpUnreachHead(family);
  return batches(prefixes, room - attributeHeadLength - head.length).map((withdrawn) =>
    update([], attributeOctets(optionalOnly, attributeType.mpUnreach, [...head, ...withdrawn]), []),
  );
}

/** The UPDATE that says that the first routes of a family are complete (RFC 4724 2). */
export function encodeEndOfRib(family: Family): Uint8Array {
  if (family === 4) return update([], [], []);
  return update([], attributeOctets(optionalOnly, attributeType.mpUnreach, mpUnreachHead(family)), []);
}

function update(withdrawn: readonly number[], attributes: readonly number[], nlri: readonly number[]): Uint8Array {
  const lengths = [withdrawn.length, attributes.length].map((length) => [length >> 8, length & 0xff]);
  return writeMessage(messageType.update, [...lengths[0]!, ...withdrawn, ...lengths[1]!, ...attributes, ...nlri]);
}

/** Prefixes as octets, in batches of up to `most` octets. */
function batches(prefixes: readonly Prefix[], most: number): number[][] {
  const all: number[][] = [];
  let batch: number[] = [];
  for (const prefix of prefixes) {
    const octets = prefixOctets(prefix);
    assert(octets <= most, `the attributes leave ${most} octets for prefixes`);
    if (batch.length + octets > most) {
      all.push(batch);
      batch = [];
    }
    batch.push(prefix.length, ...prefix.address.subarray(0, octets - 1));
  }
  all.push(batch);
  return all;
}
