/**
 * Answers to ARP requests straight from frame to frame. What it does is `answerTo` of a decoded frame, without making anything on the
 * way: a LAN may ask ten thousand times a second, and collecting garbage at that rate keeps adverts waiting.
 */
import { arpChecks } from '../wire/arp.js';
import { destinationMacAt, ethernetHeaderLength, etherType, etherTypeOf, sourceMacAt } from '../wire/ethernet.js';
import { broadcastMac, macLength } from '../wire/mac.js';
import { encodeArpReply } from '../wire/neighbor-frame.js';
import { readUint16, readUint32, sameOctets } from '../wire/octets.js';
import type { Silence } from './answer.js';

/** Where fields of an untagged ARP frame are. */
const operationAt = ethernetHeaderLength + 6;
const senderMacAt = ethernetHeaderLength + 8;
const senderAddressAt = ethernetHeaderLength + 14;
const targetMacAt = ethernetHeaderLength + 18;
const targetAddressAt = ethernetHeaderLength + 24;
const request = 1;
const broadcast = broadcastMac();

export interface ArpAnswerer {
  /** A frame of 60 bytes that holds the last answer; each answer replaces it. */
  readonly reply: Uint8Array;
  /**
   * `answered`: `reply` is to be sent. Otherwise why there is none; `other`: this is no well-formed, untagged ARP request, and to
   * be judged by decoding it.
   *
   * @param length bytes of the frame, at most `frame.length`
   * @param mac 6 bytes, what the answer says
   * @param answers whether an IPv4 address, as a number, is answered for
   */
  answer(
    frame: Uint8Array,
    length: number,
    mac: Uint8Array,
    answers: (address: number) => boolean,
  ): 'answered' | 'other' | Silence;
}

export function createArpAnswerer(): ArpAnswerer {
  const nobody = { mac: new Uint8Array(macLength), address: new Uint8Array(4) };
  const reply = encodeArpReply({ ...nobody, to: nobody });
  return {
    reply,
    answer(frame, length, mac, answers) {
      if (!isPlainRequest(frame, length)) return 'other';
      if (sameOctets(frame, senderMacAt, mac, 0, macLength)) return 'own-frame';
      if (sameOctets(frame, senderAddressAt, frame, targetAddressAt, 4)) return 'announcement';
      if (!answers(readUint32(frame, targetAddressAt))) return 'not-ours';
      if (
        !sameOctets(frame, destinationMacAt, mac, 0, macLength) &&
        !sameOctets(frame, destinationMacAt, broadcast, 0, macLength)
      )
        return (frame[destinationMacAt]! & 1) === 1 ? 'other-group' : 'other-station';
      copy(frame, senderMacAt, reply, destinationMacAt, macLength);
      copy(mac, 0, reply, sourceMacAt, macLength);
      copy(mac, 0, reply, senderMacAt, macLength);
      copy(frame, targetAddressAt, reply, senderAddressAt, 4);
      copy(frame, senderMacAt, reply, targetMacAt, macLength);
      copy(frame, senderAddressAt, reply, targetAddressAt, 4);
      return 'answered';
    },
  };
}

function isPlainRequest(frame: Uint8Array, length: number): boolean {
  if (length < ethernetHeaderLength || etherTypeOf(frame, ethernetHeaderLength) !== etherType.arp) return false;
  for (let i = 0; i < arpChecks.length; i++)
    if (!arpChecks[i]!.passes(frame, ethernetHeaderLength, length)) return false;
  return readUint16(frame, operationAt) === request;
}

function copy(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, length: number): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i]!;
}
