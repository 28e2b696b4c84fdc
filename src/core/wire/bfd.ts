import { assert } from '../assert.js';
import type { Micros } from '../time.js';
import { readUint32, writeUint32 } from './octets.js';

/*
 * The BFD control packet (RFC 5880 4.1), the payload of a UDP datagram (RFC 5881 4):
 *
 *   0   3 bit  version, 1                    3   1  length, 24 without authentication
 *   0   5 bit  diagnostic                    4   4  my discriminator
 *   1   2 bit  state                         8   4  your discriminator
 *   1   6 bit  P F C A D M                  12   4  desired min TX interval (us)
 *   2   1      detect mult                  16   4  required min RX interval (us)
 *                                           20   4  required min echo RX interval (us)
 *
 * There is no frame around it here, as there is around an advert: BFD goes through UDP sockets. The neighbour is one host, whose MAC the
 * kernel resolves and keeps; a port that no socket holds would be answered with ICMP errors; and all that a receiver must know of the
 * IP header, TTL and time of arrival, comes beside the datagram (IP_RECVTTL, IPV6_RECVHOPLIMIT, SO_TIMESTAMPNS).
 */

/** The port that control packets of one hop are sent to (RFC 5881 4). */
export const bfdPort = 3784;

/** The port for neighbours that may be many hops away (RFC 5883 5). */
export const bfdMultihopPort = 4784;

/** The ports that they are sent from (RFC 5881 4). */
export const bfdSourcePorts = { first: 49152, last: 65535 } as const;

/** Bytes of a packet without authentication section. */
export const bfdPacketLength = 24;

/** Where the fields are. */
export const bfdField = {
  flags: 1,
  detectMult: 2,
  length: 3,
  myDiscriminator: 4,
  yourDiscriminator: 8,
  desiredMinTx: 12,
  requiredMinRx: 16,
  requiredMinEchoRx: 20,
} as const;

/** The bits after the state. */
export const bfdFlag = {
  poll: 0x20,
  final: 0x10,
  controlPlaneIndependent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 0x01,
} as const;

/** The states of RFC 5880 4.1, by their numbers. */
export const bfdStates = ['AdminDown', 'Down', 'Init', 'Up'] as const;

export type BfdState = (typeof bfdStates)[number];

/** Why a session last changed its state: the values of RFC 5880 4.1. What is received may be any of 0..31. */
export const bfdDiagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  forwardingPlaneReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const;

/** A control packet without authentication. Discriminators and intervals are unsigned 32-bit numbers. */
export interface ControlPacket {
  /** 0..31, see {@link bfdDiagnostic}. */
  readonly diagnostic: number;
  readonly state: BfdState;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1..255 */
  readonly detectMult: number;
  /** Never 0. */
  readonly myDiscriminator: number;
  /** 0 while the sender knows none. */
  readonly yourDiscriminator: number;
  /** In whole microseconds, as all of them. */
  readonly desiredMinTx: Micros;
  /** 0: the sender wants no periodic packets. */
  readonly requiredMinRx: Micros;
  /** 0: the sender answers no echo packets. */
  readonly requiredMinEchoRx: Micros;
}

/**
 * Encodes a packet: 24 new bytes.
 *
 * @throws InvariantError when a field is out of range, or both P and F are set (RFC 5880 6.5)
 */
export function encodeControlPacket(packet: ControlPacket): Uint8Array {
  assertEncodable(packet);
  const bytes = new Uint8Array(bfdPacketLength);
  bytes[0] = (1 << 5) | packet.diagnostic;
  bytes[bfdField.flags] =
    (bfdStates.indexOf(packet.state) << 6) |
    (packet.poll ? bfdFlag.poll : 0) |
    (packet.final ? bfdFlag.final : 0) |
    (packet.controlPlaneIndependent ? bfdFlag.controlPlaneIndependent : 0) |
    (packet.demand ? bfdFlag.demand : 0);
  bytes[bfdField.detectMult] = packet.detectMult;
  bytes[bfdField.length] = bfdPacketLength;
  for (const field of words) writeUint32(bytes, bfdField[field], packet[field]);
  return bytes;
}

/** Reads a packet in which the checks of `bfd-checks.ts` found no fault. */
export function readControlPacket(bytes: Uint8Array): ControlPacket {
  const flags = bytes[bfdField.flags]!;
  return {
    diagnostic: bytes[0]! & 0x1f,
    state: bfdStates[flags >> 6]!,
    poll: (flags & bfdFlag.poll) !== 0,
    final: (flags & bfdFlag.final) !== 0,
    controlPlaneIndependent: (flags & bfdFlag.controlPlaneIndependent) !== 0,
    demand: (flags & bfdFlag.demand) !== 0,
    detectMult: bytes[bfdField.detectMult]!,
    myDiscriminator: readUint32(bytes, bfdField.myDiscriminator),
    yourDiscriminator: readUint32(bytes, bfdField.yourDiscriminator),
    desiredMinTx: readUint32(bytes, bfdField.desiredMinTx),
    requiredMinRx: readUint32(bytes, bfdField.requiredMinRx),
    requiredMinEchoRx: readUint32(bytes, bfdField.requiredMinEchoRx),
  };
}

const words = [
  'myDiscriminator',
  'yourDiscriminator',
  'desiredMinTx',
  'requiredMinRx',
  'requiredMinEchoRx',
] as const satisfies readonly (keyof ControlPacket)[];

function assertEncodable(packet: ControlPacket): void {
  assertWhole('diagnostic', packet.diagnostic, 0, 31);
  assertWhole('detectMult', packet.detectMult, 1, 255);
  for (const field of words) assertWhole(field, packet[field], field === 'myDiscriminator' ? 1 : 0, 0xffff_ffff);
  assert(!(packet.poll && packet.final), 'a packet has both Poll and Final set');
}

function assertWhole(name: string, value: number, least: number, most: number): void {
  assert(
    Number.isInteger(value) && value >= least && value <= most,
    `${name} ${value} is not a whole number of ${least} to ${most}`,
  );
}
