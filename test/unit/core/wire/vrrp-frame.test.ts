import assert from 'node:assert/strict';
import {
  type AdvertDrop,
  advertDrops,
  decodeAdvertFrame,
  encodeAdvertFrame,
} from '../../../../src/core/wire/vrrp-frame.js';
import { seal } from '../../../vectors/seal.js';
import { fieldOf, fromHex, readVector, toHex, type Vector, withField } from '../../../vectors/vector.js';

const v2 = readVector('vrrp/frame-v2');
const v3 = readVector('vrrp/frame-v3-ipv4');
const v3Pseudo = readVector('vrrp/frame-v3-ipv4-pseudo');
const v3Ipv6 = readVector('vrrp/frame-v3-ipv6');
const all = [v2, v3, v3Pseudo, v3Ipv6];

describe('an advert frame', () => {
  for (const vector of all) {
    it(`is read and written back: ${vector.title}`, () => {
      const { received } = accepted(vector.bytes);
      const checksum = received.checksumForm === 'pseudo-header' ? 'pseudo-header' : 'message';
      assert.equal(toHex(encodeAdvertFrame({ ...received, checksum })), toHex(vector.bytes));
    });
  }

  it('tells which checksum it had', () => {
    const forms = all.map((vector) => accepted(vector.bytes).received.checksumForm);
    assert.deepEqual(forms, ['v2', 'message', 'pseudo-header', 'v6']);
  });

  it('tells who sent it, to whom, and what', () => {
    const { received } = accepted(v3Ipv6.bytes);
    assert.equal(toHex(received.sourceMac), '00005e000233');
    assert.equal(toHex(received.destinationMac), '333300000012');
    assert.equal(toHex(received.source), 'fe80000000000000000000000000000b');
    assert.equal(toHex(received.destination), 'ff020000000000000000000000000012');
    assert.equal(received.vlan, 0);
    assert.equal(received.trailer, undefined);
    assert.deepEqual(received.advert, {
      version: 3,
      family: 6,
      virtualRouterId: 51,
      priority: 200,
      interval: 1_000_000,
      addresses: [fromHex('fe800000000000000000000000000064'), fromHex('20010db8000000000000000000000064')],
    });
  });

  it('shares no memory with the buffer it is read from', () => {
    const buffer = v3.bytes.slice();
    const { received } = accepted(buffer);
    const before = structuredClone(received);
    buffer.fill(0xa5);
    assert.deepEqual(received, before);
  });

  it('is read from a buffer that is longer than the frame', () => {
    const buffer = new Uint8Array(2048).fill(0xa5);
    buffer.set(v3Ipv6.bytes);
    assert.ok(decodeAdvertFrame(buffer, v3Ipv6.bytes.length).ok);
  });

  it('may be padded by any bytes, and may come without its padding', () => {
    for (const vector of [v2, v3, v3Pseudo]) {
      const end = fieldOf(vector, 'padding').at;
      accepted(vector.bytes.slice(0, end));
      accepted(Uint8Array.of(...vector.bytes.slice(0, end), ...new Array(64).fill(0xa5)));
    }
    accepted(Uint8Array.of(...v3Ipv6.bytes, 0xa5));
  });

  it('may have IP options, whatever they are', () => {
    for (const words of [1, 10]) {
      const head = v3.bytes.slice(0, 34);
      const options = new Array(4 * words).fill(0x01);
      const frame = Uint8Array.of(...head, ...options, ...v3.bytes.slice(34, 46));
      frame[14] = 0x45 + words;
      frame[17] = 32 + 4 * words;
      const { received } = accepted(seal(frame));
      assert.deepEqual(received.advert, accepted(v3.bytes).received.advert);
    }
  });

  it('may have one VLAN tag, which is told', () => {
    const { received } = accepted(tagged(v3.bytes, '8100e00a'));
    assert.equal(received.vlan, 10);
    assert.equal(toHex(received.source), 'c000020b');
    assert.equal(accepted(tagged(v3Ipv6.bytes, '8100e000')).received.vlan, 0);
  });

  it('with two VLAN tags is not taken for VRRP', () => {
    assert.equal(reasonOf(tagged(tagged(v3.bytes, '8100000a'), '8100000b')), 'not-vrrp');
    assert.equal(reasonOf(tagged(v3.bytes, '88a8000a')), 'not-vrrp');
  });

  it('carries at most 255 IPv4 or 90 IPv6 addresses in 1500 bytes', () => {
    for (const [vector, count, size] of [
      [v3, 255, 34 + 8 + 255 * 4],
      [v3Ipv6, 90, 54 + 8 + 90 * 16],
    ] as const) {
      const { received } = accepted(vector.bytes);
      const addresses = new Array(count).fill(received.advert.addresses[0]);
      const frame = encodeAdvertFrame({ ...received, advert: { ...received.advert, addresses }, checksum: 'message' });
      assert.equal(frame.length, size);
      assert.ok(frame.length - 14 <= 1500);
      assert.equal(accepted(frame).received.advert.addresses.length, count);
    }
  });
});

const uncovered = ['Ethernet destination', 'Ethernet source', 'padding'];

interface Mutation {
  readonly field: string;
  /** What the field, or its beginning, becomes. */
  readonly to: string;
  readonly reason: AdvertDrop;
  /** Whether the checksums stay as they were, and so may be the reason. */
  readonly unsealed?: true;
}

const ipv4Mutations: readonly Mutation[] = [
  { field: 'EtherType', to: '0806', reason: 'not-vrrp' },
  { field: 'EtherType', to: '86dd', reason: 'ip-header', unsealed: true },
  { field: 'IP version, header length', to: '55', reason: 'ip-header' },
  { field: 'IP version, header length', to: '44', reason: 'ip-header', unsealed: true },
  { field: 'IP version, header length', to: '4f', reason: 'ip-header', unsealed: true },
  { field: 'total length', to: '0013', reason: 'ip-header', unsealed: true },
  { field: 'total length', to: '0100', reason: 'truncated', unsealed: true },
  { field: 'flags, fragment offset', to: '2000', reason: 'fragment' },
  { field: 'flags, fragment offset', to: '0001', reason: 'fragment' },
  { field: 'TTL', to: 'fe', reason: 'ttl' },
  { field: 'TTL', to: 'fe', reason: 'ip-header', unsealed: true },
  { field: 'protocol', to: '11', reason: 'not-vrrp' },
  { field: 'header checksum', to: 'ff', reason: 'ip-header', unsealed: true },
  { field: 'IP source', to: '00', reason: 'ip-source' },
  { field: 'IP source', to: '7f', reason: 'ip-source' },
  { field: 'IP source', to: 'e0', reason: 'ip-source' },
  { field: 'IP source', to: 'ff', reason: 'ip-source' },
];
const anyVersionMutations: readonly Mutation[] = [
  { field: 'virtual router ID', to: '00', reason: 'virtual-router-id' },
  { field: 'virtual router ID', to: '34', reason: 'checksum', unsealed: true },
  { field: 'priority', to: 'ff', reason: 'checksum', unsealed: true },
  { field: 'count of addresses', to: '00', reason: 'length' },
  { field: 'count of addresses', to: '03', reason: 'length' },
  { field: 'count of addresses', to: 'ff', reason: 'length' },
  { field: 'checksum', to: '00', reason: 'checksum', unsealed: true },
  { field: 'address 1', to: '11', reason: 'checksum', unsealed: true },
];
const v3Mutations: readonly Mutation[] = [
  { field: 'version 3, type ADVERTISEMENT', to: '01', reason: 'version' },
  { field: 'version 3, type ADVERTISEMENT', to: '11', reason: 'version' },
  { field: 'version 3, type ADVERTISEMENT', to: '41', reason: 'version' },
  { field: 'version 3, type ADVERTISEMENT', to: 'f1', reason: 'version' },
  { field: 'version 3, type ADVERTISEMENT', to: '30', reason: 'type' },
  { field: 'version 3, type ADVERTISEMENT', to: '32', reason: 'type' },
  { field: 'interval (cs)', to: '0000', reason: 'interval-zero' },
  { field: 'interval (cs)', to: 'f000', reason: 'interval-zero' },
  { field: 'interval (cs)', to: '0f', reason: 'checksum', unsealed: true },
];
const mutations: readonly [Vector, readonly Mutation[]][] = [
  [
    v2,
    [
      ...ipv4Mutations,
      ...anyVersionMutations,
      { field: 'version 2, type ADVERTISEMENT', to: '31', reason: 'length' },
      { field: 'version 2, type ADVERTISEMENT', to: '11', reason: 'version' },
      { field: 'version 2, type ADVERTISEMENT', to: '20', reason: 'type' },
      { field: 'authentication type', to: '01', reason: 'auth-type' },
      { field: 'authentication type', to: '02', reason: 'auth-type' },
      { field: 'interval (s)', to: '00', reason: 'interval-zero' },
      { field: 'authentication data', to: '01', reason: 'checksum', unsealed: true },
    ],
  ],
  [v3, [...ipv4Mutations, ...anyVersionMutations, ...v3Mutations, v2InPlaceOfV3()]],
  [v3Pseudo, [...ipv4Mutations, ...anyVersionMutations, ...v3Mutations, v2InPlaceOfV3()]],
  [
    v3Ipv6,
    [
      { field: 'EtherType', to: '0800', reason: 'ip-header', unsealed: true },
      { field: 'IP version, traffic class, flow label', to: '5c', reason: 'ip-header' },
      { field: 'payload length', to: '0100', reason: 'truncated', unsealed: true },
      { field: 'payload length', to: '0027', reason: 'length' },
      { field: 'payload length', to: '0000', reason: 'length', unsealed: true },
      { field: 'next header', to: '3a', reason: 'not-vrrp' },
      { field: 'next header', to: '2c', reason: 'not-vrrp' },
      { field: 'hop limit', to: 'fe', reason: 'ttl' },
      { field: 'IP source', to: 'ff', reason: 'ip-source' },
      { field: 'IP source', to: `${'00'.repeat(16)}`, reason: 'ip-source' },
      { field: 'IP source', to: `${'00'.repeat(15)}01`, reason: 'ip-source' },
      { field: 'IP source', to: 'fd', reason: 'checksum', unsealed: true },
      { field: 'IP destination', to: 'fe', reason: 'checksum', unsealed: true },
      ...anyVersionMutations,
      ...v3Mutations,
      { field: 'version 3, type ADVERTISEMENT', to: '21', reason: 'version' },
      { field: 'address 1', to: '20', reason: 'link-local' },
      { field: 'address 1', to: 'fec0', reason: 'link-local' },
    ],
  ],
];

describe('an advert frame with one thing wrong is dropped', () => {
  for (const [vector, table] of mutations) {
    for (const { field, to, reason, unsealed } of table) {
      it(`as ${reason}: ${vector.name}, ${field} ${to}${unsealed ? ', checksums as before' : ''}`, () => {
        const frame = withField(vector, field, to);
        assert.equal(reasonOf(unsealed ? frame : sealAs(vector, frame)), reason);
      });
    }
  }

  it('as truncated: every shorter frame, down to nothing', () => {
    for (const vector of all) {
      const end = vector.fields.find((field) => field.name === 'padding')?.at ?? vector.bytes.length;
      for (let length = 0; length < end; length++) assert.equal(reasonOf(vector.bytes, length), 'truncated');
    }
    assert.equal(reasonOf(tagged(v3.bytes, '8100000a'), 17), 'truncated');
  });

  it('as length: every datagram that ends before its message', () => {
    for (const [vector, whole, field, header] of [
      [v2, 20, 'total length', 20],
      [v3, 12, 'total length', 20],
      [v3Ipv6, 40, 'payload length', 0],
    ] as const) {
      for (let length = 0; length < whole; length++) {
        const frame = withField(vector, field, (header + length).toString(16).padStart(4, '0'));
        assert.equal(reasonOf(sealAs(vector, frame)), 'length');
      }
    }
  });

  it('as count-zero: no addresses, and a length to match', () => {
    for (const [vector, field, length] of [
      [v2, 'total length', '0024'],
      [v3, 'total length', '001c'],
      [v3Ipv6, 'payload length', '0008'],
    ] as const) {
      const bytes = withField(vector, field, length);
      bytes[fieldOf(vector, 'count of addresses').at] = 0;
      assert.equal(reasonOf(sealAs(vector, bytes)), 'count-zero');
    }
  });

  it('as fragment: a part of an IPv6 datagram', () => {
    const fragment = fromHex('7000000100000001');
    const frame = Uint8Array.of(...v3Ipv6.bytes.slice(0, 54), ...fragment, ...v3Ipv6.bytes.slice(54));
    frame[19] = 40 + 8;
    frame[20] = 44;
    assert.equal(reasonOf(frame), 'fragment');
  });

  it('by any flipped bit that one of the checks covers', () => {
    for (const vector of all) {
      for (const field of vector.fields.filter(({ name }) => !uncovered.includes(name))) {
        for (let bit = 0; bit < 8 * field.length; bit++) {
          const frame = vector.bytes.slice();
          frame[field.at + (bit >> 3)]! ^= 0x80 >> (bit & 7);
          // Past the version nibble, nothing protects traffic class and flow label.
          const free = field.name === 'IP version, traffic class, flow label' && bit >= 4;
          assert.equal(decodeAdvertFrame(frame, frame.length).ok, free, `${vector.name}, ${field.name}, bit ${bit}`);
        }
      }
    }
  });

  it('with its sender and virtual router, as far as they can be read', () => {
    const ttl = decodeAdvertFrame(seal(withField(v3, 'TTL', '01')), 60);
    assert.ok(!ttl.ok);
    assert.equal(toHex(ttl.source!), 'c000020b');
    assert.equal(ttl.virtualRouterId, 51);
    const short = decodeAdvertFrame(seal(withField(v3, 'total length', '0015')), 60);
    assert.ok(!short.ok);
    assert.equal(toHex(short.source!), 'c000020b');
    assert.equal(short.virtualRouterId, undefined);
    assert.deepEqual(decodeAdvertFrame(v3.bytes, 20), { ok: false, reason: 'truncated' });
  });
});

describe('of two wrong things in an advert frame', () => {
  /** Bits to flip in V1's frame, which bring about one reason and no later one when checksums are then made right. */
  const breakers: readonly { readonly reason: AdvertDrop; readonly flip: readonly (readonly [number, number])[] }[] = [
    { reason: 'fragment', flip: [[20, 0x60]] },
    { reason: 'ip-source', flip: [[26, 0xbf]] },
    { reason: 'ttl', flip: [[22, 0x01]] },
    { reason: 'version', flip: [[34, 0x30]] },
    { reason: 'type', flip: [[34, 0x03]] },
    { reason: 'length', flip: [[17, 0x01]] },
    { reason: 'checksum', flip: [[40, 0x01]] },
    { reason: 'virtual-router-id', flip: [[35, 0x33]] },
    {
      reason: 'count-zero',
      flip: [
        [17, 0x0c],
        [37, 0x01],
      ],
    },
    { reason: 'auth-type', flip: [[38, 0x01]] },
    { reason: 'interval-zero', flip: [[39, 0x01]] },
  ];

  it('the one of the earlier check is the reason', () => {
    for (const [i, first] of breakers.entries()) {
      assert.equal(reasonOf(broken([first])), first.reason);
      for (const second of breakers.slice(i + 1)) {
        assert.equal(reasonOf(broken([first, second])), first.reason, `${first.reason} and ${second.reason}`);
      }
    }
  });

  it('the order tested is the order told', () => {
    const tested = breakers.map(({ reason }) => reason);
    assert.deepEqual(
      advertDrops.filter((reason) => tested.includes(reason)),
      tested,
    );
    assert.deepEqual(
      advertDrops.filter((reason) => !tested.includes(reason)),
      ['truncated', 'not-vrrp', 'ip-header', 'link-local', 'trailer'],
    );
  });

  it('over IPv6 an interval of zero comes before an address that is not link-local', () => {
    const frame = withField(v3Ipv6, 'interval (cs)', '0000');
    frame[fieldOf(v3Ipv6, 'address 1').at] = 0x20;
    assert.equal(reasonOf(seal(frame)), 'interval-zero');
  });

  function broken(chosen: typeof breakers): Uint8Array {
    const flipped = (frame: Uint8Array, some: typeof breakers) => {
      for (const [at, bits] of some.flatMap(({ flip }) => flip)) frame[at]! ^= bits;
      return frame;
    };
    const sealed = seal(
      flipped(
        v2.bytes.slice(),
        chosen.filter(({ reason }) => reason !== 'checksum'),
      ),
    );
    return flipped(
      sealed,
      chosen.filter(({ reason }) => reason === 'checksum'),
    );
  }
});

function accepted(frame: Uint8Array) {
  const decoded = decodeAdvertFrame(frame, frame.length);
  assert.ok(decoded.ok, `dropped as ${decoded.ok || decoded.reason}`);
  return decoded;
}

function reasonOf(frame: Uint8Array, length = frame.length): AdvertDrop | 'accepted' {
  const decoded = decodeAdvertFrame(frame, length);
  return decoded.ok ? 'accepted' : decoded.reason;
}

function sealAs(vector: Vector, frame: Uint8Array): Uint8Array {
  return seal(frame, { pseudoHeader: vector === v3Pseudo });
}

function tagged(frame: Uint8Array, tag: string): Uint8Array {
  return Uint8Array.of(...frame.slice(0, 12), ...fromHex(tag), ...frame.slice(12));
}

function v2InPlaceOfV3(): Mutation {
  return { field: 'version 3, type ADVERTISEMENT', to: '21', reason: 'length' };
}
