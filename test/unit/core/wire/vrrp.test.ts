import assert from 'node:assert/strict';
import { InvariantError } from '../../../../src/core/assert.js';
import { type Family, ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import {
  type Advert,
  type ChecksumForm,
  checksumFormOf,
  encodeAdvert,
  readAdvert,
  virtualRouterLinkLocal,
  vrrpGroup,
  writeChecksum,
} from '../../../../src/core/wire/vrrp.js';
import { readVector, toHex } from '../../../vectors/vector.js';

interface Case {
  readonly vector: string;
  readonly advert: Advert;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly checksum: ChecksumForm;
  readonly form: ChecksumForm | 'v2' | 'v6';
}

const ip = (text: string) => ipToBytes(parseIp(text)!);
const second = 1_000_000;
const node4 = ip('192.0.2.11');
const group4 = ip('224.0.0.18');
const node6 = ip('fe80::b');
const group6 = ip('ff02::12');

const v2: Advert = {
  version: 2,
  family: 4,
  virtualRouterId: 51,
  priority: 200,
  interval: second,
  addresses: [ip('192.0.2.100')],
};
const v3: Advert = { ...v2, version: 3 };
const v3Ipv6: Advert = { ...v3, family: 6, addresses: [ip('fe80::64'), ip('2001:db8::64')] };
const widest: Advert = {
  ...v3,
  virtualRouterId: 255,
  priority: 254,
  interval: 40.95 * second,
  addresses: [ip('192.0.2.100'), ip('192.0.2.101')],
};
const owner: Advert = { ...v3Ipv6, priority: 255, interval: 0.1 * second, addresses: [ip('fe80::64')] };

const cases: readonly Case[] = [
  { vector: 'v1', advert: v2, source: node4, destination: group4, checksum: 'message', form: 'v2' },
  { vector: 'v2', advert: { ...v2, priority: 0 }, source: node4, destination: group4, checksum: 'message', form: 'v2' },
  { vector: 'v3', advert: v3, source: node4, destination: group4, checksum: 'message', form: 'message' },
  { vector: 'v4', advert: v3, source: node4, destination: group4, checksum: 'pseudo-header', form: 'pseudo-header' },
  {
    vector: 'v5',
    advert: v3,
    source: node4,
    destination: ip('192.0.2.12'),
    checksum: 'pseudo-header',
    form: 'pseudo-header',
  },
  {
    vector: 'v6',
    advert: { ...v3, priority: 0 },
    source: node4,
    destination: group4,
    checksum: 'message',
    form: 'message',
  },
  {
    vector: 'v7',
    advert: widest,
    source: node4,
    destination: group4,
    checksum: 'pseudo-header',
    form: 'pseudo-header',
  },
  { vector: 'v8', advert: v3Ipv6, source: node6, destination: group6, checksum: 'pseudo-header', form: 'v6' },
  { vector: 'v9', advert: owner, source: node6, destination: group6, checksum: 'pseudo-header', form: 'v6' },
];

describe('a VRRP message', () => {
  for (const { vector, advert, source, destination, checksum, form } of cases) {
    const { title, bytes } = readVector(`vrrp/${vector}`);

    it(`is written as ${title}`, () => {
      assert.equal(toHex(encodeAdvert(advert, source, destination, checksum)), toHex(bytes));
    });

    it(`is read from ${title}`, () => {
      const carried = Uint8Array.of(...source, ...destination, ...bytes);
      const at = 2 * source.length;
      assert.equal(checksumFormOf(carried, at, bytes.length, 0, advert.family), form);
      assert.deepEqual(readAdvert(carried, at, advert.family), advert);
    });
  }

  it('has one checksum only in version 2 and over IPv6, whatever form is asked for', () => {
    for (const [advert, source, destination] of [
      [v2, node4, group4],
      [v3Ipv6, node6, group6],
    ] as const) {
      assert.deepEqual(
        encodeAdvert(advert, source, destination, 'message'),
        encodeAdvert(advert, source, destination, 'pseudo-header'),
      );
    }
  });

  it('with a checksum over a pseudo-header is wrong for another destination', () => {
    const message = encodeAdvert(v3, node4, group4, 'pseudo-header');
    const carried = Uint8Array.of(...node4, ...ip('192.0.2.12'), ...message);
    assert.equal(checksumFormOf(carried, 8, message.length, 0, 4), undefined);
  });

  it('gets its checksum whatever its field held before', () => {
    const { bytes } = readVector('vrrp/v3');
    const message = bytes.slice();
    message.fill(0xa5, 6, 8);
    writeChecksum(message, message.length, node4, group4, 'message');
    assert.equal(toHex(message), toHex(bytes));
  });

  it('does not share its addresses with the buffer it is read from', () => {
    const { bytes } = readVector('vrrp/v3');
    const advert = readAdvert(bytes, 0, 4);
    bytes.fill(0xa5);
    assert.deepEqual(advert.addresses, v3.addresses);
  });

  it('ignores the reserved bits before the interval', () => {
    const { bytes } = readVector('vrrp/v3');
    bytes[4]! |= 0xf0;
    assert.equal(readAdvert(bytes, 0, 4).interval, second);
  });
});

describe('encoding an advert', () => {
  const wrong: readonly [string, Advert][] = [
    ['virtual router ID 0', { ...v3, virtualRouterId: 0 }],
    ['virtual router ID 256', { ...v3, virtualRouterId: 256 }],
    ['priority 256', { ...v3, priority: 256 }],
    ['priority -1', { ...v3, priority: -1 }],
    ['priority 1.5', { ...v3, priority: 1.5 }],
    ['count of addresses 0', { ...v3, addresses: [] }],
    ['count of addresses 256', { ...v3, addresses: new Array(256).fill(ip('192.0.2.1')) }],
    ['interval in centiseconds 0', { ...v3, interval: 0 }],
    ['interval in centiseconds 4096', { ...v3, interval: 40.96 * second }],
    ['interval in centiseconds 0.5', { ...v3, interval: 5000 }],
    ['interval in seconds 0.25', { ...v2, interval: second / 4 }],
    ['interval in seconds 256', { ...v2, interval: 256 * second }],
    ['version 2 carries IPv4', { ...v2, family: 6, addresses: v3Ipv6.addresses }],
    ['does not have 4 bytes', { ...v3, addresses: [ip('fe80::1')] }],
  ];
  for (const [rule, advert] of wrong) {
    it(`is refused as our own fault: ${rule}`, () => {
      assert.throws(
        () => encodeAdvert(advert, node4, group4, 'message'),
        (error) => error instanceof InvariantError && error.message.includes(rule),
      );
    });
  }

  it('over IPv6 is refused when the first address is not link-local', () => {
    const advert = { ...v3Ipv6, addresses: [...v3Ipv6.addresses].reverse() };
    assert.throws(() => encodeAdvert(advert, node6, group6, 'message'), /first address .* is not link-local/);
  });

  it('is refused when an address of its IP header is of the other family', () => {
    assert.throws(() => encodeAdvert(v3, node6, group4, 'message'), /not IPv4/);
    assert.throws(() => encodeAdvert(v3, node4, group6, 'message'), /not IPv4/);
  });
});

describe('the well-known addresses of VRRP', () => {
  const groups: readonly [Family, string][] = [
    [4, '224.0.0.18'],
    [6, 'ff02::12'],
  ];
  for (const [family, group] of groups) {
    it(`include the group ${group}`, () => assert.deepEqual(vrrpGroup(family), ip(group)));
  }

  it('include the link-local address of an IPv6 virtual router, made from its MAC', () => {
    assert.deepEqual(virtualRouterLinkLocal(0x33), ip('fe80::200:5eff:fe00:233'));
  });
});
