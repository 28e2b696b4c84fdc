import { bfdSourcePorts, type ControlPacket } from '../wire/bfd.js';
import { controlDrops, decodeControlPacket } from '../wire/bfd-checks.js';

/** A datagram to port 3784, or 4784, as the kernel hands it over. */
export interface Datagram {
  /** The UDP payload, exactly. */
  readonly payload: Uint8Array;
  /** TTL or hop limit; undefined when the kernel did not say. */
  readonly hopLimit: number | undefined;
  /** Who sent it: 4 or 16 bytes. */
  readonly source: Uint8Array;
  readonly sourcePort: number;
  /** Index of the interface it came in by. */
  readonly nic: number;
}

/** The sessions that a datagram may be for, of whatever type the driver keeps them as: those of its port. */
export interface Sessions<S> {
  /** By the discriminator that we chose. */
  byDiscriminator(discriminator: number): S | undefined;
  /** By the neighbour's address on an interface. */
  byNeighbor(source: Uint8Array, nic: number): S | undefined;
}

/**
 * Every reason for which a datagram is dropped, in the order of the checks.
 *
 * - `hop-limit`: below the least, or not known: it may come from beyond the link (RFC 5881 5, RFC 5082).
 * - the reasons of the packet itself.
 * - `discriminator-unknown`: it is for a session that does not exist here, as after an unplanned restart (RFC 5880 6.8.6).
 * - `neighbor-unknown`: it knows no session of ours, and none is configured with its sender: a router that speaks BFD where we do not.
 */
export const receptionDrops = ['hop-limit', ...controlDrops, 'discriminator-unknown', 'neighbor-unknown'] as const;

export type ReceptionDrop = (typeof receptionDrops)[number];

/**
 * What is odd about a packet that counts all the same: to be counted and shown. `source-port`: not one of 49152..65535. RFC 5881 4 binds
 * the sender alone, and BIRD 2.0 takes whatever port its kernel gives it.
 */
export type ReceptionFlag = 'source-port';

export type Reception<S> =
  | { readonly ok: true; readonly session: S; readonly packet: ControlPacket; readonly flags: readonly ReceptionFlag[] }
  | { readonly ok: false; readonly reason: ReceptionDrop };

const noFlags: readonly ReceptionFlag[] = [];

/**
 * Judges a datagram and finds its session: by your discriminator alone when that is given, wherever it comes from; otherwise by sender and
 * interface (RFC 5880 6.3, RFC 5881 3). Whatever is in it, it is a packet of one session or a named reason.
 *
 * @param leastHopLimit 255 for neighbours on the link; over many hops what the operator asks for (RFC 5883 asks for none)
 */
export function receiveDatagram<S>(datagram: Datagram, sessions: Sessions<S>, leastHopLimit = 255): Reception<S> {
  if (datagram.hopLimit === undefined || datagram.hopLimit < leastHopLimit) return { ok: false, reason: 'hop-limit' };
  const decoded = decodeControlPacket(datagram.payload);
  if (!decoded.ok) return decoded;
  const { packet } = decoded;
  const isNamed = packet.yourDiscriminator !== 0;
  const session = isNamed
    ? sessions.byDiscriminator(packet.yourDiscriminator)
    : sessions.byNeighbor(datagram.source, datagram.nic);
  if (session === undefined) return { ok: false, reason: isNamed ? 'discriminator-unknown' : 'neighbor-unknown' };
  const { first, last } = bfdSourcePorts;
  const isUsual = datagram.sourcePort >= first && datagram.sourcePort <= last;
  return { ok: true, session, packet, flags: isUsual ? noFlags : ['source-port'] };
}
