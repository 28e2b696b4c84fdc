import { assert } from '../assert.js';
import {
  destinationMacAt,
  ethernetHeaderLength,
  ethernetMinimumLength,
  etherType,
  sourceMacAt,
  vlanOf,
  writeEthernetHeader,
} from './ethernet.js';
import { isStationMac, macLength } from './mac.js';
import { readUint16, sameOctets, writeUint16, zeroOctets } from './octets.js';

/*
 * ARP for IPv4 on Ethernet (RFC 826), after the Ethernet header:
 *
 *   0  2  hardware type, 1      8  6  sender hardware address
 *   2  2  protocol type, 0x800 14  4  sender protocol address
 *   4  1  hardware length, 6   18  6  target hardware address
 *   5  1  protocol length, 4   24  4  target protocol address
 *   6  2  operation
 */

/** Bytes of the message. */
export const arpLength = 28;

const field = {
  hardwareType: 0,
  protocolType: 2,
  lengths: 4,
  operation: 6,
  sender: 8,
  senderIp: 14,
  target: 18,
  targetIp: 24,
};
const ethernetHardware = 1;
const lengths = (macLength << 8) | 4;
const operations = { request: 1, reply: 2 } as const;

/** A request or a reply that passed every check. It shares no memory with the frame. */
export interface ArpMessage {
  readonly type: 'arp';
  readonly operation: 'request' | 'reply';
  /** Whom to answer. The frame may come from another station: load balancers that share one MAC hide it from switches so. */
  readonly senderMac: Uint8Array;
  /** All zero in a probe (RFC 5227 2.1.1). Equal to the target in an announcement. */
  readonly senderAddress: Uint8Array;
  readonly targetMac: Uint8Array;
  readonly targetAddress: Uint8Array;
  /** Where the frame was sent to: broadcast, or one station. */
  readonly destinationMac: Uint8Array;
  /** VLAN of a tag inside the frame; 0 when there is none. */
  readonly vlan: number;
}

/** Whether it asks who has an address without claiming one (RFC 5227 2.1.1). It is to be answered and to be learned nothing from. */
export function isArpProbe(message: ArpMessage): boolean {
  return message.operation === 'request' && zeroOctets(message.senderAddress, 0, 4);
}

/** Whether it announces the sender's own address (gratuitous; RFC 5227 2.3). It is not to be answered. */
export function isArpAnnouncement(message: ArpMessage): boolean {
  return sameOctets(message.senderAddress, 0, message.targetAddress, 0, 4);
}

/**
 * The checks of a received ARP message, in order: the first that fails is the reason of the drop.
 * `passes` gets the frame, where the message begins and where the frame's bytes end.
 */
export const arpChecks = [
  { reason: 'truncated', clause: 'RFC 826: 28 bytes', passes: (_frame, at, end) => end - at >= arpLength },
  {
    reason: 'hardware-type',
    clause: 'RFC 826, Packet Reception: the hardware type is ours, 1 for Ethernet',
    passes: (frame, at) => readUint16(frame, at + field.hardwareType) === ethernetHardware,
  },
  {
    reason: 'protocol-type',
    clause: 'RFC 826, Packet Reception: we speak the protocol, IPv4',
    passes: (frame, at) => readUint16(frame, at + field.protocolType) === etherType.ipv4,
  },
  {
    reason: 'address-length',
    clause: 'RFC 826, Packet Reception: the lengths are those of the types, 6 and 4',
    passes: (frame, at) => readUint16(frame, at + field.lengths) === lengths,
  },
  {
    reason: 'operation',
    clause: 'RFC 826: request or reply',
    passes: (frame, at) => operationAt(frame, at) !== undefined,
  },
  {
    reason: 'sender-mac',
    clause: 'RFC 1812 3.3.2: a sender’s hardware address is no group; nor is it zero',
    passes: (frame, at) => isStationMac(frame, at + field.sender),
  },
  {
    reason: 'self-addressed',
    clause: 'IEEE 802.3: no station sends to itself over a wire',
    passes: (frame) => !sameOctets(frame, sourceMacAt, frame, destinationMacAt, macLength),
  },
  {
    reason: 'sender-address',
    clause:
      'RFC 1122 3.2.1.3: no loopback, multicast or broadcast sender; unspecified only in a probe (RFC 5227 2.1.1)',
    passes: (frame, at) =>
      isHostAddress(frame, at + field.senderIp) ||
      (operationAt(frame, at) === 'request' && zeroOctets(frame, at + field.senderIp, 4)),
  },
  {
    reason: 'target-address',
    clause: 'RFC 1122 3.2.1.3: what is asked for is an address that a host may have',
    passes: (frame, at) => operationAt(frame, at) === 'reply' || isHostAddress(frame, at + field.targetIp),
  },
] as const satisfies readonly {
  readonly reason: string;
  readonly clause: string;
  readonly passes: (frame: Uint8Array, at: number, end: number) => boolean;
}[];

/** The sender's protocol address as the message claims it: a copy. */
export function arpSender(frame: Uint8Array, at: number): Uint8Array {
  return frame.slice(at + field.senderIp, at + field.senderIp + 4);
}

/** Reads a message that passed every check. */
export function readArp(frame: Uint8Array, at: number): ArpMessage {
  return {
    type: 'arp',
    operation: operationAt(frame, at)!,
    senderMac: frame.slice(at + field.sender, at + field.sender + macLength),
    senderAddress: arpSender(frame, at),
    targetMac: frame.slice(at + field.target, at + field.target + macLength),
    targetAddress: frame.slice(at + field.targetIp, at + field.targetIp + 4),
    destinationMac: frame.slice(destinationMacAt, destinationMacAt + macLength),
    vlan: vlanOf(frame, at),
  };
}

/** Encodes a frame of 60 bytes whose Ethernet source is the sender. */
export function encodeArp(message: Omit<ArpMessage, 'type' | 'vlan'>): Uint8Array {
  const { senderMac, senderAddress, targetMac, targetAddress } = message;
  assertLengths(senderAddress, targetAddress);
  const frame = new Uint8Array(ethernetMinimumLength);
  const at = ethernetHeaderLength;
  writeEthernetHeader(frame, { destination: message.destinationMac, source: senderMac, etherType: etherType.arp });
  writeUint16(frame, at + field.hardwareType, ethernetHardware);
  writeUint16(frame, at + field.protocolType, etherType.ipv4);
  writeUint16(frame, at + field.lengths, lengths);
  writeUint16(frame, at + field.operation, operations[message.operation]);
  frame.set(senderMac, at + field.sender);
  frame.set(senderAddress, at + field.senderIp);
  frame.set(targetMac, at + field.target);
  frame.set(targetAddress, at + field.targetIp);
  return frame;
}

/** Writes other addresses, of 4 bytes each, into an encoded frame. */
export function readdressArp(frame: Uint8Array, sender: Uint8Array, target: Uint8Array): void {
  assertLengths(sender, target);
  for (let i = 0; i < 4; i++) {
    frame[ethernetHeaderLength + field.senderIp + i] = sender[i]!;
    frame[ethernetHeaderLength + field.targetIp + i] = target[i]!;
  }
}

function assertLengths(sender: Uint8Array, target: Uint8Array): void {
  if (sender.length === 4 && target.length === 4) return; // before the text is made
  assert(false, `ARP is for IPv4 addresses of 4 bytes, not ${sender.length} (sender), ${target.length} (target)`);
}

function operationAt(frame: Uint8Array, at: number): 'request' | 'reply' | undefined {
  const operation = readUint16(frame, at + field.operation);
  return operation === operations.request ? 'request' : operation === operations.reply ? 'reply' : undefined;
}

/** Whether a host may have the IPv4 address: not of 0/8, 127/8, nor 224 and up. */
function isHostAddress(frame: Uint8Array, at: number): boolean {
  const first = frame[at]!;
  return first !== 0 && first !== 127 && first < 224;
}
