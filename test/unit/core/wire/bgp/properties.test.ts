import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Capability, capabilityCode } from '../../../../../src/core/wire/bgp/capabilities.js';
import { errorCodes } from '../../../../../src/core/wire/bgp/error-codes.js';
import { noFraming, takeMessages } from '../../../../../src/core/wire/bgp/framing.js';
import { decodeMessage } from '../../../../../src/core/wire/bgp/message.js';
import { encodeOpen } from '../../../../../src/core/wire/bgp/open.js';
import type { PathAttributes } from '../../../../../src/core/wire/bgp/path-attributes.js';
import { type Prefix, prefixOf } from '../../../../../src/core/wire/bgp/prefix.js';
import type { Update } from '../../../../../src/core/wire/bgp/update.js';
import { encodeAnnouncements, encodeWithdrawals } from '../../../../../src/core/wire/bgp/update-packing.js';
import { readVector, vectorNames } from '../../../../vectors/vector.js';
import { context, message, read } from './given.js';

const uint = (max: number, min = 0) => fc.integer({ min, max });
const uint32 = uint(0xffff_ffff);
/** AS 0 is none (RFC 7607). */
const asNumber = uint(0xffff_ffff, 1);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const afiSafi = { afi: uint(0xffff), safi: uint(255) };
const contexts = fc.record({ fourOctetAs: fc.boolean(), external: fc.boolean(), enhancedRouteRefresh: fc.boolean() });
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true });
const known = new Set<number>(Object.values(capabilityCode));

const capability: fc.Arbitrary<Capability> = fc.oneof(
  record({ type: fc.constant('multiprotocol' as const), ...afiSafi }),
  fc.constant<Capability>({ type: 'route-refresh' }),
  fc.constant<Capability>({ type: 'enhanced-route-refresh' }),
  record({
    type: fc.constant('extended-next-hop' as const),
    families: fc.array(record({ afi: uint(0xffff), safi: uint(0xffff), nextHopAfi: uint(0xffff) }), {
      maxLength: 4,
    }),
  }),
  record({
    type: fc.constant('graceful-restart' as const),
    restarted: fc.boolean(),
    notification: fc.boolean(),
    restartTime: uint(4095),
    families: fc.array(record({ ...afiSafi, forwarding: fc.boolean() }), { maxLength: 4 }),
  }),
  record({ type: fc.constant('four-octet-as' as const), as: asNumber }),
  record({
    type: fc.constant('unknown' as const),
    code: uint(255).filter((code) => !known.has(code)),
    value: fc.uint8Array({ maxLength: 12 }),
  }),
);

const prefixes = (family: 4 | 6): fc.Arbitrary<Prefix[]> => {
  const bytes = family === 4 ? 4 : 16;
  const each = fc.tuple(octets(bytes), uint(8 * bytes)).map(([address, length]) => prefixOf(address, length));
  return fc.array(each, { minLength: 1, maxLength: 600 });
};

const asPath = fc.array(
  record({
    type: fc.constantFrom('set', 'sequence', 'confederation-sequence', 'confederation-set'),
    numbers: fc.array(asNumber, { minLength: 1, maxLength: 6 }),
  }),
  { maxLength: 3 },
);

const attributes: fc.Arbitrary<PathAttributes> = fc.record(
  {
    origin: fc.constantFrom('igp', 'egp', 'incomplete'),
    asPath,
    med: uint32,
    localPref: uint32,
    atomicAggregate: fc.constant<true>(true),
    aggregator: record({ as: asNumber, address: octets(4) }),
    communities: fc.array(uint32, { minLength: 1, maxLength: 80 }),
    extendedCommunities: fc.array(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), { minLength: 1, maxLength: 40 }),
    largeCommunities: fc.uniqueArray(fc.tuple(uint32, uint32, uint32), {
      selector: String,
      minLength: 1,
      maxLength: 30,
    }),
  },
  { requiredKeys: ['origin', 'asPath'], noNullPrototype: true },
);

/** Any body under a good header, or a good message of which a few octets after the header are others. */
const anyMessage: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .tuple(uint(5, 1), fc.uint8Array({ minLength: 10, maxLength: 80 }))
    .map(([type, body]) => message(type === 4 ? 3 : type, Buffer.from(body).toString('hex'))),
  fc
    .tuple(
      fc.constantFrom(...vectorNames('bgp').map((name) => readVector(name).bytes)).filter(({ length }) => length > 19),
      fc.array(fc.tuple(fc.nat(), uint(255)), { minLength: 1, maxLength: 4 }),
    )
    .map(([good, changes]) => {
      const changed = good.slice();
      for (const [at, value] of changes) changed[19 + (at % (changed.length - 19))] = value;
      return changed;
    }),
);

describe('any BGP message', () => {
  it('is read or refused for a named reason, and left as it is', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyMessage, contexts, (bytes, each) => {
        const before = bytes.slice();
        const decoded = decodeMessage(bytes, each);
        if (decoded.ok) {
          seen.add(decoded.message.type);
          if (decoded.message.type === 'update') for (const { reason } of decoded.message.faults) seen.add(reason);
        } else {
          assert.ok(decoded.error.reason in errorCodes, `unnamed reason ${decoded.error.reason}`);
          seen.add(decoded.error.reason);
        }
        assert.deepEqual(bytes, before);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(seen.size > 15, `the messages tried end early: ${[...seen].join(', ')}`);
  });

  it('is the same whatever comes after it in the stream', () => {
    fc.assert(
      fc.property(anyMessage, fc.uint8Array({ maxLength: 40 }), (bytes, rest) => {
        const [alone] = takeMessages(noFraming, bytes).messages;
        const [followed] = takeMessages(noFraming, Buffer.concat([bytes, rest])).messages;
        assert.deepEqual(decodeMessage(followed!, context), decodeMessage(alone!, context));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any OPEN that is written', () => {
  it('is read back', () => {
    const open = record({
      type: fc.constant('open' as const),
      as: uint(0xffff, 1),
      holdTime: fc.oneof(fc.constant(0), uint(0xffff, 3)),
      identifier: uint(0xffff_ffff, 1),
      capabilities: fc.array(capability, { maxLength: 6 }),
    });
    fc.assert(fc.property(open, (each) => assert.deepEqual(read(encodeOpen(each)), each)));
  });
});

describe('any routes that are written', () => {
  const nextHops = { 4: fc.oneof(octets(4), octets(16), octets(32)), 6: fc.oneof(octets(16), octets(32)) };

  for (const family of [4, 6] as const) {
    it(`are read back in their order, with their attributes: IPv${family}`, () => {
      fc.assert(
        fc.property(prefixes(family), nextHops[family], attributes, (routes, nextHop, said) => {
          const messages = encodeAnnouncements(routes, nextHop, said, true);
          const updates = messages.map((each) => read(each, { external: false }) as Update);
          for (const each of updates) {
            assert.deepEqual(each.attributes, said);
            assert.deepEqual(each.faults, []);
            assert.deepEqual(
              each.reach.map((one) => one.nextHop),
              [nextHop],
            );
          }
          assert.deepEqual(
            updates.flatMap(({ reach }) => reach[0]!.prefixes),
            routes,
          );
        }),
      );
    });

    it(`are withdrawn in their order: IPv${family}`, () => {
      fc.assert(
        fc.property(prefixes(family), fc.boolean(), (routes, multiprotocol) => {
          const updates = encodeWithdrawals(routes, multiprotocol).map((each) => read(each) as Update);
          assert.deepEqual(
            updates.flatMap(({ withdrawn }) => withdrawn),
            routes,
          );
          for (const { reach, endOfRib } of updates)
            assert.deepEqual({ reach, endOfRib }, { reach: [], endOfRib: undefined });
        }),
      );
    });
  }
});
