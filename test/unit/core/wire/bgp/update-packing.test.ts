import assert from 'node:assert/strict';
import { InvariantError } from '../../../../../src/core/assert.js';
import { wellKnownCommunities } from '../../../../../src/core/wire/bgp/communities.js';
import type { PathAttributes } from '../../../../../src/core/wire/bgp/path-attributes.js';
import { formatPrefix, type Prefix, prefixOf } from '../../../../../src/core/wire/bgp/prefix.js';
import { encodeAnnouncements, encodeWithdrawals } from '../../../../../src/core/wire/bgp/update-packing.js';
import { toHex } from '../../../../vectors/vector.js';
import { as, ip, nextHop4, nextHop6, own, prefix, readUpdate, vip4 } from './given.js';

const linkLocal = Uint8Array.of(...nextHop6, ...ip('fe80::11'));
const one: PathAttributes = { ...own, communities: [wellKnownCommunities['graceful-shutdown']] };
const more: PathAttributes = { ...one, largeCommunities: [[as, 1, 2]] };
const internal: PathAttributes = { origin: 'igp', asPath: [], localPref: 100 };

/** Host routes, each one another. */
function hosts(count: number, family: 4 | 6): Prefix[] {
  return Array.from({ length: count }, (_, i) => {
    const address = family === 4 ? ip('10.0.0.0') : ip('2001:db8::');
    address[address.length - 2] = i >> 8;
    address[address.length - 1] = i & 0xff;
    return prefixOf(address, 8 * address.length);
  });
}

describe('a full UPDATE', () => {
  const counts: readonly [string, number, (prefixes: readonly Prefix[]) => Uint8Array[], 4 | 6][] = [
    ['IPv4 routes to another AS', 810, (all) => encodeAnnouncements(all, nextHop4, own, true), 4],
    ['IPv4 routes with a community', 809, (all) => encodeAnnouncements(all, nextHop4, one, true), 4],
    ['IPv4 routes with two communities', 806, (all) => encodeAnnouncements(all, nextHop4, more, true), 4],
    ['IPv4 routes within an AS', 810, (all) => encodeAnnouncements(all, nextHop4, internal, true), 4],
    ['IPv6 routes', 237, (all) => encodeAnnouncements(all, nextHop6, own, true), 6],
    ['IPv6 routes with two next hops', 236, (all) => encodeAnnouncements(all, linkLocal, own, true), 6],
    ['IPv4 routes over IPv6', 807, (all) => encodeAnnouncements(all, nextHop6, own, true), 4],
    ['IPv4 routes over IPv6 with two next hops', 803, (all) => encodeAnnouncements(all, linkLocal, own, true), 4],
    ['withdrawn IPv4 routes', 814, (all) => encodeWithdrawals(all, false), 4],
    ['withdrawn IPv4 routes in MP_UNREACH_NLRI', 813, (all) => encodeWithdrawals(all, true), 4],
    ['withdrawn IPv6 routes', 239, (all) => encodeWithdrawals(all, false), 6],
  ];
  for (const [what, count, encode, family] of counts) {
    it(`holds ${count} ${what}, and one more makes another`, () => {
      const prefixes = hosts(count + 1, family);
      const full = encode(prefixes.slice(0, count));
      assert.equal(full.length, 1);
      assert.ok(full[0]!.length <= 4096);
      const messages = encode(prefixes);
      assert.equal(messages.length, 2);
      const read = messages.map((each) => readUpdate(each));
      const all = read.flatMap(({ withdrawn, reach }) => [...withdrawn, ...reach.flatMap((each) => each.prefixes)]);
      assert.deepEqual(all.map(formatPrefix), prefixes.map(formatPrefix));
    });
  }

  it('of 10 000 host routes comes 13 times, 51 kB in all', () => {
    const messages = encodeAnnouncements(hosts(10_000, 4), nextHop4, own, true);
    assert.equal(messages.length, 13);
    assert.ok(Buffer.concat(messages).length < 51_000);
  });

  it('holds none when there are none', () => {
    assert.deepEqual(encodeAnnouncements([], nextHop4, own, true), []);
    assert.deepEqual(encodeWithdrawals([], true), []);
  });

  it('has as much room as short prefixes leave', () => {
    const short = new Array<Prefix>(2036).fill(prefix('10.0.0.0/8'));
    assert.equal(encodeWithdrawals(short, false).length, 1);
    assert.equal(encodeWithdrawals([...short, prefix('10.0.0.0/8')], false).length, 2);
  });
});

describe('an announcement', () => {
  it('prepends the AS as often as its path says', () => {
    const asPath = [{ type: 'sequence', numbers: [as, as, as] }] as const;
    const [bytes] = encodeAnnouncements([vip4], nextHop4, { ...own, asPath }, true);
    assert.deepEqual(readUpdate(bytes!).attributes.asPath, asPath);
  });

  it('carries all attributes in the order of their numbers', () => {
    const attributes: PathAttributes = {
      ...own,
      med: 4_294_967_295,
      localPref: 0,
      communities: [1],
      extendedCommunities: [0xffff_ffff_ffff_ffffn],
      largeCommunities: [[0, 0, 4_294_967_295]],
      atomicAggregate: true,
      aggregator: { as, address: nextHop4 },
    };
    const [bytes] = encodeAnnouncements([vip4], nextHop4, attributes, true);
    assert.deepEqual(readUpdate(bytes!, { external: false }).attributes, attributes);
    assert.deepEqual(attributeTypes(bytes!), [1, 2, 3, 4, 5, 6, 7, 8, 16, 32]);
  });

  it('has the routes of MP_REACH_NLRI first, and no NEXT_HOP', () => {
    const [bytes] = encodeAnnouncements([vip4], nextHop6, one, true);
    assert.deepEqual(attributeTypes(bytes!), [14, 1, 2, 8]);
  });

  it('tells a peer of 16 bits 23456 and the rest in AS4_PATH and AS4_AGGREGATOR', () => {
    const attributes: PathAttributes = { ...own, aggregator: { as, address: nextHop4 } };
    const [bytes] = encodeAnnouncements([vip4], nextHop4, attributes, false);
    assert.deepEqual(attributeTypes(bytes!), [1, 2, 3, 7, 17, 18]);
    const read = readUpdate(bytes!, { fourOctetAs: false });
    assert.deepEqual(read.attributes.asPath, [{ type: 'sequence', numbers: [23456] }]);
    assert.deepEqual(read.attributes.aggregator, { as: 23456, address: nextHop4 });
    assert.deepEqual(read.faults, []);
    assert.ok(toHex(bytes!).includes('c011060201fa56ea01'), 'no AS4_PATH');
  });

  it('tells a peer of 16 bits no more than that where all numbers fit', () => {
    const short: PathAttributes = { ...own, asPath: [{ type: 'sequence', numbers: [65_000] }] };
    const [bytes] = encodeAnnouncements([vip4], nextHop4, short, false);
    assert.deepEqual(attributeTypes(bytes!), [1, 2, 3]);
  });

  it('has 64 communities in an attribute of extended length', () => {
    const communities = Array.from({ length: 64 }, (_, i) => i);
    const [bytes] = encodeAnnouncements([vip4], nextHop4, { ...own, communities }, true);
    assert.deepEqual(readUpdate(bytes!).attributes.communities, communities);
  });

  it('has each large community once (RFC 8092 3), by its value', () => {
    const twice: PathAttributes = {
      ...own,
      largeCommunities: [
        [as, 1, 2],
        [as, 2, 1],
        [as, 1, 2],
      ],
    };
    const [octets] = encodeAnnouncements([vip4], nextHop4, twice, true);
    assert.match(toHex(octets!), /c02018fa56ea010000000100000002fa56ea010000000200000001/);
  });

  it('whose attributes leave no room for a prefix is our own fault', () => {
    const communities = new Array<number>(1020).fill(1);
    assert.throws(() => encodeAnnouncements([vip4], nextHop4, { ...own, communities }, true), InvariantError);
  });

  it('with a number of more than 32 bits is our own fault', () => {
    for (const med of [-1, 1.5, 4_294_967_296]) {
      assert.throws(() => encodeAnnouncements([vip4], nextHop4, { ...own, med }, true), InvariantError);
    }
  });
});

/** Numbers of the attributes of an UPDATE that withdraws nothing, in their order. */
function attributeTypes(bytes: Uint8Array): number[] {
  const types: number[] = [];
  const end = 23 + bytes[21]! * 256 + bytes[22]!;
  for (let at = 23; at < end; ) {
    types.push(bytes[at + 1]!);
    const extended = (bytes[at]! & 0x10) !== 0;
    at += extended ? 4 + bytes[at + 2]! * 256 + bytes[at + 3]! : 3 + bytes[at + 2]!;
  }
  return types;
}
