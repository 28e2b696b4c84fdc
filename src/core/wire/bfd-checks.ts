import { bfdField, bfdFlag, bfdPacketLength, bfdStates, type ControlPacket, readControlPacket } from './bfd.js';
import { zeroOctets } from './octets.js';

/** One receive check. `passes` gets a payload of at least the 24 bytes that every packet has, and may count on the checks before it. */
export interface ControlCheck {
  readonly reason: string;
  /** What demands it. */
  readonly clause: string;
  readonly passes: (payload: Uint8Array) => boolean;
}

const flagsOf = (payload: Uint8Array) => payload[bfdField.flags]!;
const isZero = (payload: Uint8Array, field: 'myDiscriminator' | 'yourDiscriminator') =>
  zeroOctets(payload, bfdField[field], 4);

/** Bytes of the shortest packet with an authentication section. */
const authenticatedLength = bfdPacketLength + 2;

/**
 * The checks of a received packet that need no session, in the order of RFC 5880 6.8.6: the first that fails is the reason of the drop.
 * The packet is dropped unread; nothing of it is believed.
 */
export const controlChecks = [
  {
    reason: 'version',
    clause: 'RFC 5880 6.8.6: the version is 1',
    passes: (payload) => payload[0]! >> 5 === 1,
  },
  {
    reason: 'length',
    clause: 'RFC 5880 6.8.6: the length is at least 24, 26 with authentication, and not beyond the payload',
    passes: (payload) => {
      const least = flagsOf(payload) & bfdFlag.authentication ? authenticatedLength : bfdPacketLength;
      const length = payload[bfdField.length]!;
      return length >= least && length <= payload.length;
    },
  },
  {
    reason: 'detect-mult-zero',
    clause: 'RFC 5880 6.8.6',
    passes: (payload) => payload[bfdField.detectMult] !== 0,
  },
  {
    reason: 'multipoint',
    clause: 'RFC 5880 6.8.6: the M bit is for extensions to come',
    passes: (payload) => (flagsOf(payload) & bfdFlag.multipoint) === 0,
  },
  {
    reason: 'my-discriminator-zero',
    clause: 'RFC 5880 6.8.6',
    passes: (payload) => !isZero(payload, 'myDiscriminator'),
  },
  {
    reason: 'your-discriminator-zero',
    clause: 'RFC 5880 6.8.6: only who is Down or AdminDown may know none',
    passes: (payload) => {
      const state = bfdStates[flagsOf(payload) >> 6];
      return state === 'Down' || state === 'AdminDown' || !isZero(payload, 'yourDiscriminator');
    },
  },
  {
    reason: 'authentication',
    clause: 'RFC 5880 6.8.6: the A bit is set, and no authentication is in use here',
    passes: (payload) => (flagsOf(payload) & bfdFlag.authentication) === 0,
  },
] as const satisfies readonly ControlCheck[];

/** Every reason for which {@link decodeControlPacket} drops a payload. `truncated`: it is shorter than any packet. */
export const controlDrops = ['truncated', ...controlChecks.map((check) => check.reason)] as const;

export type ControlDrop = (typeof controlDrops)[number];

export type ControlDecode =
  | { readonly ok: true; readonly packet: ControlPacket }
  | { readonly ok: false; readonly reason: ControlDrop };

/**
 * Decodes the payload of a datagram. Any bytes become a packet or a named reason; what follows the packet's length is ignored.
 *
 * @param payload exactly the bytes of the datagram's payload; it is not kept
 */
export function decodeControlPacket(payload: Uint8Array): ControlDecode {
  if (payload.length < bfdPacketLength) return { ok: false, reason: 'truncated' };
  for (const { reason, passes } of controlChecks) if (!passes(payload)) return { ok: false, reason };
  return { ok: true, packet: readControlPacket(payload) };
}
