import { assert } from '../assert.js';
import { macLength } from './mac.js';
import { readUint16, writeUint16 } from './octets.js';

/*
 * Ethernet II (IEEE 802.3 3.2), without preamble and frame check sequence, as packet sockets carry it:
 *
 *   0   6  destination
 *   6   6  source
 *  12   2  EtherType; 0x8100 means a 4-byte IEEE 802.1Q tag: 3 bits priority, 1 bit, 12 bits VLAN, then the EtherType
 *  14   …  payload, padded so that the frame has at least 60 bytes
 */

/** Bytes before the payload of an untagged frame. */
export const ethernetHeaderLength = 14;
/** Bytes of the shortest frame that a sender may put on the wire, without the frame check sequence. */
export const ethernetMinimumLength = 60;

export const etherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, vlan: 0x8100 } as const;

/** Where the two addresses are in any frame. */
export const destinationMacAt = 0;
export const sourceMacAt = 6;

/** Where the payload begins: 14, or 18 after one 802.1Q tag, or 0 when the frame ends before that. */
export function ethernetPayloadAt(frame: Uint8Array, length: number): number {
  if (length < ethernetHeaderLength) return 0;
  if (readUint16(frame, 12) !== etherType.vlan) return ethernetHeaderLength;
  return length < ethernetHeaderLength + 4 ? 0 : ethernetHeaderLength + 4;
}

/** The EtherType of a payload that begins at `payloadAt`, as {@link ethernetPayloadAt} found it. */
export function etherTypeOf(frame: Uint8Array, payloadAt: number): number {
  return readUint16(frame, payloadAt - 2);
}

/** The VLAN of the frame's tag, 0..4095; 0 also for an untagged frame, which a priority tag (VLAN 0) is equal to. */
export function vlanOf(frame: Uint8Array, payloadAt: number): number {
  return payloadAt === ethernetHeaderLength ? 0 : readUint16(frame, ethernetHeaderLength) & 0x0fff;
}

/** Writes the 14 bytes of an untagged header to the start of a frame. */
export function writeEthernetHeader(
  frame: Uint8Array,
  header: { readonly destination: Uint8Array; readonly source: Uint8Array; readonly etherType: number },
): void {
  assert(
    header.destination.length === macLength && header.source.length === macLength,
    `an Ethernet address has 6 bytes, not ${header.destination.length} (destination), ${header.source.length} (source)`,
  );
  frame.set(header.destination, destinationMacAt);
  frame.set(header.source, sourceMacAt);
  writeUint16(frame, 12, header.etherType);
}
