import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { type ArpMessage, encodeArp, isArpAnnouncement, isArpProbe } from '../../../../src/core/wire/arp.js';
import { parseMac } from '../../../../src/core/wire/mac.js';
import { encodeNdp, type NeighborAdvertisement, type NeighborSolicitation } from '../../../../src/core/wire/ndp.js';
import {
  decodeNeighborFrame,
  encodeArpProbe,
  encodeArpReply,
  encodeGratuitousArp,
  encodeNeighborSolicitation,
  encodeSolicitedNeighborAdvertisement,
  encodeUnsolicitedNeighborAdvertisement,
  type NeighborDrop,
  readdressGratuitousArp,
} from '../../../../src/core/wire/neighbor-frame.js';
import { seal } from '../../../vectors/seal.js';
import { fieldOf, fromHex, readVector, toHex, type Vector, vectorNames, withField } from '../../../vectors/vector.js';

const ip = (text: string) => ipToBytes(parseIp(text)!);
const us = parseMac('02:00:00:00:00:0b')!;
const client = parseMac('02:00:00:00:00:0c')!;
const vip4 = ip('192.0.2.100');
const vip6 = ip('2001:db8::64');
const client4 = ip('192.0.2.12');
const client6 = ip('2001:db8::c');

const arpRequest = readVector('neighbor/arp-request');
const arpReply = readVector('neighbor/arp-reply');
const solicitation = readVector('neighbor/ns');
const duplicateDetection = readVector('neighbor/ns-duplicate-detection');
const solicited = readVector('neighbor/na-solicited');
const unsolicited = readVector('neighbor/na-unsolicited');

describe('a neighbour frame', () => {
  for (const vector of vectorNames('neighbor').map(readVector)) {
    it(`is read and written back: ${vector.title}`, () => {
      const message = accepted(vector.bytes);
      assert.equal(toHex(message.type === 'arp' ? encodeArp(message) : encodeNdp(message)), toHex(vector.bytes));
    });
  }

  const made: readonly [string, () => Uint8Array][] = [
    ['arp-reply', () => encodeArpReply({ mac: us, address: vip4, to: { mac: client, address: client4 } })],
    ['arp-probe', () => encodeArpProbe({ mac: us, address: vip4 })],
    ['arp-announcement-request', () => encodeGratuitousArp({ kind: 'request', mac: us, address: vip4 })],
    ['arp-announcement-reply', () => encodeGratuitousArp({ kind: 'reply', mac: us, address: vip4 })],
    ['ns', () => encodeNeighborSolicitation({ mac: client, address: vip6, source: client6 })],
    ['ns-duplicate-detection', () => encodeNeighborSolicitation({ mac: us, address: vip6 })],
    ['na-unsolicited', () => encodeUnsolicitedNeighborAdvertisement({ mac: us, address: vip6, router: true })],
    [
      'na-solicited',
      () =>
        encodeSolicitedNeighborAdvertisement({
          mac: us,
          address: vip6,
          router: false,
          to: { mac: client, address: client6 },
        }),
    ],
  ];
  for (const [name, make] of made) {
    const vector = readVector(`neighbor/${name}`);
    it(`is made by name: ${vector.title}`, () => assert.equal(toHex(make()), toHex(vector.bytes)));
  }

  for (const kind of ['request', 'reply'] as const) {
    it(`that announces an address as an ARP ${kind} is made one of another address in place`, () => {
      const frame = encodeGratuitousArp({ kind, mac: us, address: client4 });
      readdressGratuitousArp(frame, vip4);
      assert.equal(toHex(frame), toHex(encodeGratuitousArp({ kind, mac: us, address: vip4 })));
      assert.throws(() => readdressGratuitousArp(frame, vip6), /IPv4 addresses of 4 bytes, not 16/);
    });
  }

  it('that answers duplicate address detection goes to all nodes and is not solicited', () => {
    const to = { mac: client, address: ip('::') };
    const frame = encodeSolicitedNeighborAdvertisement({ mac: us, address: vip6, router: true, to });
    assert.equal(toHex(frame), toHex(unsolicited.bytes));
  });

  it('that answers an ARP probe gives the asker no address', () => {
    const message = accepted(encodeArpReply({ mac: us, address: vip4, to: { mac: client, address: ip('0.0.0.0') } }));
    assert.ok(message.type === 'arp' && message.operation === 'reply');
    assert.deepEqual(message.targetAddress, ip('0.0.0.0'));
  });

  it('of an advertisement may come from another address than the one it is about', () => {
    const source = ip('fe80::b');
    const message = accepted(encodeUnsolicitedNeighborAdvertisement({ mac: us, address: vip6, router: false, source }));
    assert.ok(message.type === 'neighbor-advertisement' && !message.router);
    assert.deepEqual([message.source, message.target], [source, vip6]);
  });

  it('of ARP is told apart: probe, announcement, or neither', () => {
    const kinds = ['arp-probe', 'arp-announcement-request', 'arp-announcement-reply', 'arp-request', 'arp-reply'].map(
      (name) => {
        const message = accepted(readVector(`neighbor/${name}`).bytes) as ArpMessage;
        return [isArpProbe(message), isArpAnnouncement(message)];
      },
    );
    assert.deepEqual(kinds, [
      [true, false],
      [false, true],
      [false, true],
      [false, false],
      [false, false],
    ]);
  });

  it('tells everything of an ARP request', () => {
    assert.deepEqual(accepted(tagged(arpRequest.bytes)), {
      type: 'arp',
      operation: 'request',
      senderMac: client,
      senderAddress: client4,
      targetMac: new Uint8Array(6),
      targetAddress: vip4,
      destinationMac: parseMac('ff:ff:ff:ff:ff:ff')!,
      vlan: 10,
    } satisfies ArpMessage);
  });

  it('tells everything of a solicitation', () => {
    assert.deepEqual(accepted(tagged(solicitation.bytes)), {
      type: 'neighbor-solicitation',
      source: client6,
      destination: ip('ff02::1:ff00:64'),
      target: vip6,
      linkLayerAddress: client,
      sourceMac: client,
      destinationMac: parseMac('33:33:ff:00:00:64')!,
      vlan: 10,
    } satisfies NeighborSolicitation);
  });

  it('tells everything of an advertisement', () => {
    assert.deepEqual(accepted(solicited.bytes), {
      type: 'neighbor-advertisement',
      source: vip6,
      destination: client6,
      target: vip6,
      linkLayerAddress: us,
      sourceMac: us,
      destinationMac: client,
      vlan: 0,
      router: false,
      solicited: true,
      override: true,
    } satisfies NeighborAdvertisement);
  });

  it('shares no memory with the buffer it is read from', () => {
    for (const vector of [arpRequest, solicitation, solicited]) {
      const buffer = vector.bytes.slice();
      const message = accepted(buffer);
      const before = structuredClone(message);
      buffer.fill(0xa5);
      assert.deepEqual(message, before);
    }
  });

  it('may be padded, and may be in a longer buffer', () => {
    for (const vector of vectorNames('neighbor').map(readVector)) {
      const buffer = new Uint8Array(2048).fill(0xa5);
      buffer.set(vector.bytes);
      assert.deepEqual(accepted(buffer.slice(0, 100)), accepted(vector.bytes));
      assert.ok(decodeNeighborFrame(buffer, vector.bytes.length).ok);
    }
  });

  it('of NDP may have options that nobody knows, and no link-layer address', () => {
    const nonce = fromHex('0e01a5a5a5a5a5a5');
    const message = accepted(withOptions(duplicateDetection, nonce));
    assert.ok(message.type === 'neighbor-solicitation' && message.linkLayerAddress === undefined);
    const both = accepted(withOptions(solicitation, Uint8Array.of(...nonce, ...fromHex('010102000000000c'))));
    assert.deepEqual((both as NeighborSolicitation).linkLayerAddress, client);
  });

  it('of NDP gives no heed to a link-layer address option of the other kind', () => {
    const message = accepted(withOptions(solicitation, fromHex('0201deadbeefdead')));
    assert.equal((message as NeighborSolicitation).linkLayerAddress, undefined);
  });
});

describe('a neighbour frame from another station than its sender, as load balancers that share a MAC send it,', () => {
  const other = parseMac('02:00:00:00:00:0d')!;

  for (const vector of [arpRequest, arpReply]) {
    it(`tells of the sender, not of the station: ${vector.title}`, () => {
      const { senderMac } = accepted(vector.bytes) as ArpMessage;
      const message = accepted(withField(vector, 'Ethernet source', toHex(other))) as ArpMessage;
      assert.deepEqual(message.senderMac, senderMac);
    });
  }

  it('tells of both, where it is a solicitation', () => {
    const message = accepted(withField(solicitation, 'Ethernet source', toHex(other))) as NeighborSolicitation;
    assert.deepEqual([message.sourceMac, message.linkLayerAddress], [other, client]);
  });
});

interface Mutation {
  readonly field: string;
  readonly to: string;
  readonly reason: NeighborDrop;
  readonly unsealed?: true;
}

const arpMutations: readonly Mutation[] = [
  { field: 'Ethernet destination', to: toHex(client), reason: 'self-addressed' },
  { field: 'EtherType', to: '0800', reason: 'not-neighbor' },
  { field: 'hardware type', to: '0006', reason: 'hardware-type' },
  { field: 'protocol type', to: '86dd', reason: 'protocol-type' },
  { field: 'hardware length', to: '08', reason: 'address-length' },
  { field: 'protocol length', to: '10', reason: 'address-length' },
  { field: 'operation', to: '0000', reason: 'operation' },
  { field: 'operation', to: '0003', reason: 'operation' },
  { field: 'operation', to: '0101', reason: 'operation' },
  { field: 'sender MAC', to: '03', reason: 'sender-mac' },
  { field: 'sender MAC', to: 'ffffffffffff', reason: 'sender-mac' },
  { field: 'sender MAC', to: '000000000000', reason: 'sender-mac' },
  { field: 'sender address', to: '00', reason: 'sender-address' },
  { field: 'sender address', to: '7f', reason: 'sender-address' },
  { field: 'sender address', to: 'e0', reason: 'sender-address' },
  { field: 'sender address', to: 'ffffffff', reason: 'sender-address' },
];
const ndpMutations: readonly Mutation[] = [
  { field: 'EtherType', to: '0800', reason: 'not-neighbor' },
  { field: 'IP version, traffic class, flow label', to: '4c', reason: 'ip-header' },
  { field: 'payload length', to: '0100', reason: 'truncated', unsealed: true },
  { field: 'payload length', to: '0000', reason: 'not-neighbor', unsealed: true },
  { field: 'payload length', to: '0017', reason: 'length' },
  { field: 'payload length', to: '001f', reason: 'option' },
  { field: 'next header', to: '11', reason: 'not-neighbor', unsealed: true },
  { field: 'next header', to: '2c', reason: 'not-neighbor', unsealed: true },
  { field: 'hop limit', to: 'fe', reason: 'hop-limit' },
  { field: 'IP source', to: 'ff', reason: 'sender-address' },
  { field: 'IP source', to: `${'00'.repeat(15)}01`, reason: 'sender-address' },
  { field: 'IP source', to: '21', reason: 'checksum', unsealed: true },
  { field: 'IP destination', to: '21', reason: 'checksum', unsealed: true },
  { field: 'ICMPv6 type', to: '80', reason: 'not-neighbor' },
  { field: 'ICMPv6 type', to: '86', reason: 'not-neighbor' },
  { field: 'code', to: '01', reason: 'code' },
  { field: 'checksum', to: '00', reason: 'checksum', unsealed: true },
  { field: 'target', to: '21', reason: 'checksum', unsealed: true },
  { field: 'target', to: 'ff', reason: 'target-address' },
  { field: 'target', to: '00'.repeat(16), reason: 'target-address' },
  { field: 'target', to: `${'00'.repeat(15)}01`, reason: 'target-address' },
  { field: 'option length', to: '00', reason: 'option' },
  { field: 'option length', to: '02', reason: 'option' },
  { field: 'option type', to: '0e', reason: 'checksum', unsealed: true },
  { field: 'option link-layer address', to: '03', reason: 'sender-mac' },
  { field: 'option link-layer address', to: '000000000000', reason: 'sender-mac' },
];
const mutations: readonly [Vector, readonly Mutation[]][] = [
  [
    arpRequest,
    [
      ...arpMutations,
      { field: 'target address', to: '00000000', reason: 'target-address' },
      { field: 'target address', to: 'e0', reason: 'target-address' },
      { field: 'target address', to: 'ffffffff', reason: 'target-address' },
    ],
  ],
  [
    arpReply,
    [
      ...arpMutations.filter(({ field }) => field !== 'Ethernet destination'),
      { field: 'Ethernet destination', to: toHex(us), reason: 'self-addressed' },
      { field: 'sender address', to: '00000000', reason: 'sender-address' },
    ],
  ],
  [
    solicitation,
    [
      ...ndpMutations,
      { field: 'IP source', to: '00'.repeat(16), reason: 'duplicate-detection' },
      { field: 'IP source', to: toHex(vip6), reason: 'self-addressed' },
      { field: 'Ethernet destination', to: toHex(client), reason: 'self-addressed' },
      { field: 'Ethernet source', to: '03', reason: 'sender-mac' },
    ],
  ],
  [
    duplicateDetection,
    [
      { field: 'IP destination', to: toHex(ip('ff02::1')), reason: 'duplicate-detection' },
      { field: 'IP destination', to: toHex(vip6), reason: 'duplicate-detection' },
    ],
  ],
  [
    solicited,
    [
      ...ndpMutations,
      { field: 'IP destination', to: toHex(ip('ff02::1')), reason: 'solicited-multicast' },
      { field: 'IP source', to: '00'.repeat(16), reason: 'sender-address' },
      { field: 'Ethernet destination', to: toHex(us), reason: 'self-addressed' },
      { field: 'Ethernet source', to: '03', reason: 'sender-mac' },
    ],
  ],
  [unsolicited, [...ndpMutations, { field: 'flags', to: 'e0', reason: 'solicited-multicast' }]],
];

describe('a neighbour frame with one thing wrong is dropped', () => {
  for (const [vector, table] of mutations) {
    for (const { field, to, reason, unsealed } of table) {
      it(`as ${reason}: ${vector.name}, ${field} ${to}${unsealed ? ', checksum as before' : ''}`, () => {
        const frame = withField(vector, field, to);
        assert.equal(reasonOf(unsealed || vector.name.includes('/arp') ? frame : seal(frame)), reason);
      });
    }
  }

  it('as truncated: every shorter frame, down to nothing', () => {
    for (const vector of vectorNames('neighbor').map(readVector)) {
      const end = vector.fields.find((field) => field.name === 'padding')?.at ?? vector.bytes.length;
      for (let length = 0; length < end; length++) assert.equal(reasonOf(vector.bytes, length), 'truncated');
    }
  });

  it('as option: a link-layer address of 16 bytes, or one byte after the last option', () => {
    assert.equal(reasonOf(withOptions(solicitation, fromHex(`0102${'00'.repeat(14)}`))), 'option');
    assert.equal(reasonOf(withOptions(solicitation, fromHex('010102000000000c01'))), 'option');
    assert.equal(reasonOf(withOptions(solicitation, fromHex('010102000000000c0e'))), 'option');
  });

  it('as fragment: a part of a solicitation', () => {
    const fragment = fromHex('3a00000100000001');
    const frame = Uint8Array.of(...solicitation.bytes.slice(0, 54), ...fragment, ...solicitation.bytes.slice(54));
    frame[19] = 32 + 8;
    frame[20] = 44;
    assert.equal(reasonOf(frame), 'fragment');
  });

  it('by any flipped bit of an NDP frame that one of the checks covers', () => {
    for (const vector of [solicitation, duplicateDetection, solicited, unsolicited]) {
      for (const field of vector.fields.slice(2)) {
        for (let bit = 0; bit < 8 * field.length; bit++) {
          const frame = vector.bytes.slice();
          frame[field.at + (bit >> 3)]! ^= 0x80 >> (bit & 7);
          const free = field.name === 'IP version, traffic class, flow label' && bit >= 4;
          assert.equal(decodeNeighborFrame(frame, frame.length).ok, free, `${vector.name}, ${field.name}, bit ${bit}`);
        }
      }
    }
  });

  it('with the address that its sender claims', () => {
    const arp = decodeNeighborFrame(withField(arpReply, 'sender MAC', '03'), 60);
    assert.deepEqual(arp, { ok: false, reason: 'sender-mac', source: vip4 });
    const ndp = decodeNeighborFrame(withField(solicited, 'hop limit', '01'), solicited.bytes.length);
    assert.deepEqual(ndp, { ok: false, reason: 'hop-limit', source: vip6 });
  });
});

describe('encoding a neighbour frame', () => {
  it('is refused as our own fault when an address is of the wrong family', () => {
    assert.throws(() => encodeArpProbe({ mac: us, address: vip6 }), /IPv4 addresses of 4 bytes, not 4 \(sender\), 16/);
    assert.throws(() => encodeNeighborSolicitation({ mac: us, address: vip4 }), /16 bytes, not 4/);
    assert.throws(
      () => encodeUnsolicitedNeighborAdvertisement({ mac: us, address: vip4, router: false }),
      /16 bytes, not 4/,
    );
  });

  it('is refused as our own fault when a MAC has not 6 bytes', () => {
    assert.throws(() => encodeArpProbe({ mac: us.slice(1), address: vip4 }), /6 bytes, not/);
  });
});

function accepted(frame: Uint8Array) {
  const decoded = decodeNeighborFrame(frame, frame.length);
  assert.ok(decoded.ok, `dropped as ${decoded.ok || decoded.reason}`);
  return decoded.message;
}

function reasonOf(frame: Uint8Array, length = frame.length): NeighborDrop | 'accepted' {
  const decoded = decodeNeighborFrame(frame, length);
  return decoded.ok ? 'accepted' : decoded.reason;
}

/** The NDP message with other options than its own, its lengths and checksum made right. */
function withOptions(vector: Vector, options: Uint8Array): Uint8Array {
  const frame = Uint8Array.of(...vector.bytes.slice(0, fieldOf(vector, 'target').at + 16), ...options);
  frame[19] = 24 + options.length;
  return seal(frame);
}

function tagged(frame: Uint8Array): Uint8Array {
  return Uint8Array.of(...frame.slice(0, 12), ...fromHex('8100000a'), ...frame.slice(12));
}
