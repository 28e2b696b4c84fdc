import assert from 'node:assert/strict';
import { decodeAddress, encodePutAddress } from '../../../src/platform/linux/address-message.js';
import { decodeLink, encodeCreateMacvlan } from '../../../src/platform/linux/link-message.js';
import { decodeNeighborMac, encodeUseNeighbor } from '../../../src/platform/linux/neighbor-message.js';
import {
  decodeAcknowledgement,
  decodeMessages,
  type NetlinkMessage,
} from '../../../src/platform/linux/netlink-codec.js';
import { decodeDefaultRoute, decodeRoute, encodeGetRoute } from '../../../src/platform/linux/route-message.js';
import { octets } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

const ipv4 = Uint8Array.of(192, 0, 2, 1);
const ipv6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const words = (...values: number[]) => [...new Uint8Array(Uint32Array.from(values).buffer)];

/** One attribute, padded to 4 bytes. */
function attribute(type: number, payload: readonly number[]): readonly number[] {
  const length = payload.length + 4;
  return [length & 255, length >> 8, type & 255, type >> 8, ...payload, ...new Array<number>(-length & 3).fill(0)];
}

function message(type: number, data: readonly number[]): Uint8Array {
  return Uint8Array.from([...words(16 + data.length), type, 0, 0, 0, ...words(1, 0), ...data]);
}

const name = [...Buffer.from('eth0.7\0')];
const vlan = attribute(18, attribute(1, [...Buffer.from('vlan\0')]));
const hop = [16, 0, 0, 0, ...words(3), ...attribute(5, [...ipv4])];

const seeds: readonly Uint8Array[] = [
  message(16, [
    0,
    0,
    1,
    0,
    ...words(5, 0x10041, 0),
    ...attribute(3, name),
    ...attribute(1, [2, 0, 0, 0, 0, 9]),
    ...vlan,
  ]),
  message(24, [2, 0, 0, 0, 254, 3, 0, 1, ...words(0), ...attribute(5, [...ipv4]), ...attribute(4, words(3))]),
  message(24, [2, 0, 0, 0, 254, 3, 0, 1, ...words(0), ...attribute(9, hop)]),
  message(2, [...words(0xffff_fff0), ...words(20), 20, 0, 5, 0, ...words(1, 0)]),
  message(28, [2, 0, 0, 0, ...words(3), 2, 0, 0, 1, ...attribute(1, [...ipv4]), ...attribute(2, [2, 0, 0, 0, 0, 9])]),
  ...[ipv4, ipv6].flatMap((address) => [
    encodePutAddress({ interfaceIndex: 3, address, lifetimeSeconds: 4 }),
    encodeGetRoute(address, 3),
    encodeUseNeighbor({ interfaceIndex: 3, address }),
  ]),
  encodeCreateMacvlan({ name: 'vip0', parentIndex: 3, mac: Uint8Array.of(0, 0, 0x5e, 0, 1, 7) }),
];

/** Any datagram is messages or an error that says so; what is read of a message has the lengths and types that it is used with. */
export const target: Target<Uint8Array> = {
  form: octets,
  seeds,

  run(input) {
    for (const each of messagesIn(input)) {
      const link = unlessMalformed(() => decodeLink(each));
      if (link !== undefined) assert.ok(Number.isInteger(link.index) && link.mtu >= 0 && typeof link.name === 'string');
      for (const marksKept of [true, false]) {
        const address = unlessMalformed(() => decodeAddress(each, marksKept));
        if (address !== undefined) assert.ok(address.lifetimeSeconds >= 0 && address.flags >= 0);
      }
      unlessMalformed(() => decodeRoute(each));
      unlessMalformed(() => decodeDefaultRoute(each));
      unlessMalformed(() => decodeNeighborMac(each));
      const answer = unlessMalformed(() => decodeAcknowledgement(each));
      if (answer !== undefined) assert.ok(Number.isInteger(answer.errno));
    }
  },
};

function messagesIn(input: Uint8Array): readonly NetlinkMessage[] {
  const messages = unlessMalformed(() => decodeMessages(input)) ?? [];
  const length = messages.reduce((sum, { data }) => sum + 16 + data.length, 0);
  assert.ok(length <= input.length, 'more was read than there is');
  return messages;
}

/** A message of the kernel is well formed: of any other it is enough that reading it ends, with an error of whoever looks past its end. */
function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(
      error instanceof Error && !(error instanceof TypeError) && !(error instanceof assert.AssertionError),
      `${error}`,
    );
    return undefined;
  }
}
