import { assert } from '../../assert.js';
import type { Family } from '../../ip/address.js';
import { headerLength, longestMessage, messageType, writeMessage } from './header.js';
import { mpReachHead, mpUnreachHead } from './multiprotocol.js';
import {
  attributeHead,
  attributeType,
  optionalOnly,
  type PathAttributes,
  pathAttributesOctets,
} from './path-attributes.js';
import { familyOfPrefix, type Prefix, prefixOctets, writePrefix } from './prefix.js';

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
    return batches(prefixes, room - octets.length).map((nlri) => update([], [octets], nlri));
  }
  const octets = pathAttributesOctets(attributes, undefined, fourOctetAs);
  const head = mpReachHead(familyOfPrefix(first), nextHop);
  const most = room - octets.length - attributeHeadLength - head.length;
  return batches(prefixes, most).map((nlri) =>
    update([], [...multiprotocol(attributeType.mpReach, head, nlri), octets], []),
  );
}

/**
 * Encodes the withdrawal of routes of one family in as few UPDATEs as hold them.
 *
 * @param inAttribute whether IPv4 routes were announced in MP_REACH_NLRI; those of IPv6 always were
 */
export function encodeWithdrawals(prefixes: readonly Prefix[], inAttribute: boolean): Uint8Array[] {
  const [first] = prefixes;
  if (first === undefined) return [];
  const family = familyOfPrefix(first);
  if (family === 4 && !inAttribute) return batches(prefixes, room).map((withdrawn) => update(withdrawn, [], []));
  const head = mpUnreachHead(family);
  return batches(prefixes, room - attributeHeadLength - head.length).map((withdrawn) =>
    update([], multiprotocol(attributeType.mpUnreach, head, withdrawn), []),
  );
}

/** The UPDATE that says that the first routes of a family are complete (RFC 4724 2). */
export function encodeEndOfRib(family: Family): Uint8Array {
  if (family === 4) return update([], [], []);
  return update([], multiprotocol(attributeType.mpUnreach, mpUnreachHead(family), []), []);
}

type Octets = ArrayLike<number>;

/** MP_REACH_NLRI or MP_UNREACH_NLRI, in parts. */
function multiprotocol(type: number, head: Octets, prefixes: Octets): readonly Octets[] {
  return [attributeHead(optionalOnly, type, head.length + prefixes.length), head, prefixes];
}

/** @param attributes in parts */
function update(withdrawn: Octets, attributes: readonly Octets[], nlri: Octets): Uint8Array {
  const length = attributes.reduce((total, part) => total + part.length, 0);
  const two = (value: number) => [value >> 8, value & 0xff];
  return writeMessage(messageType.update, joined([two(withdrawn.length), withdrawn, two(length), ...attributes, nlri]));
}

function joined(parts: readonly Octets[]): Uint8Array {
  const octets = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}

/** Prefixes as octets, in batches of up to `most` octets. */
function batches(prefixes: readonly Prefix[], most: number): Uint8Array[] {
  const all: Uint8Array[] = [];
  const batch = new Uint8Array(Math.max(most, 0));
  let at = 0;
  for (const prefix of prefixes) {
    const octets = prefixOctets(prefix);
    if (at + octets > most) {
      assert(octets <= most, `the attributes leave ${most} octets for prefixes`);
      all.push(batch.slice(0, at));
      at = 0;
    }
    at = writePrefix(prefix, batch, at);
  }
  all.push(batch.slice(0, at));
  return all;
}
