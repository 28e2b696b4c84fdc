import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeNeighborFrame, type NeighborDecode, neighborDrops } from '../../../../src/core/wire/neighbor-frame.js';
import type { Advert, ChecksumForm } from '../../../../src/core/wire/vrrp.js';
import {
  type AdvertDecode,
  advertDrops,
  decodeAdvertFrame,
  encodeAdvertFrame,
} from '../../../../src/core/wire/vrrp-frame.js';
import { seal } from '../../../vectors/seal.js';
import { readVector, vectorNames } from '../../../vectors/vector.js';

const frames = [...vectorNames('vrrp').filter((name) => name.includes('/frame-')), ...vectorNames('neighbor')].map(
  (name) => readVector(name).bytes,
);

const uint = (max: number, min = 0) => fc.integer({ min, max });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Any bytes at all, a header that is believed with any bytes after it, or a good frame of which a few bytes are others. */
const frame: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .tuple(fc.constantFrom(...frames), uint(60), fc.uint8Array({ maxLength: 80 }))
    .map(([good, keep, rest]) => Uint8Array.of(...good.slice(0, keep), ...rest)),
  fc
    .tuple(
      fc.constantFrom(...frames),
      fc.array(fc.tuple(fc.nat(), uint(255)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([good, changes, sealed]) => {
      const changed = good.slice();
      for (const [at, value] of changes) changed[at % changed.length] = value;
      return sealed ? seal(changed) : changed;
    }),
);

const decoders: readonly [
  string,
  (bytes: Uint8Array, length: number) => AdvertDecode | NeighborDecode,
  readonly string[],
][] = [
  ['an advert', decodeAdvertFrame, advertDrops],
  ['a neighbour message', decodeNeighborFrame, neighborDrops],
];

describe('any bytes decoded', () => {
  for (const [what, decode, reasons] of decoders) {
    it(`are ${what} or a named reason`, () => {
      const seen = new Set<string>();
      fc.assert(
        fc.property(frame, (bytes) => {
          const decoded = decode(bytes, bytes.length);
          seen.add(decoded.ok ? 'accepted' : decoded.reason);
          if (!decoded.ok) assert.ok(reasons.includes(decoded.reason), `unnamed reason ${decoded.reason}`);
        }),
        { numRuns: 20_000 },
      );
      assert.ok(seen.has('accepted') && seen.size > 8, `the frames tried end early: ${[...seen].join(', ')}`);
    });

    it(`are ${what} or not whatever comes after the frame's length`, () => {
      fc.assert(
        fc.property(frame, uint(255), (bytes, filler) => {
          const buffer = new Uint8Array(bytes.length + 64).fill(filler);
          buffer.set(bytes);
          assert.deepEqual(decode(buffer, bytes.length), decode(bytes, bytes.length));
        }),
        { numRuns: 2000 },
      );
    });

    it(`as ${what} are left as they are`, () => {
      fc.assert(
        fc.property(frame, (bytes) => {
          const before = bytes.slice();
          decode(bytes, bytes.length);
          assert.deepEqual(bytes, before);
        }),
      );
    });
  }
});

describe('any advert', () => {
  it('is read back from its own frame', () => {
    fc.assert(
      fc.property(sending(), (sent) => {
        const bytes = encodeAdvertFrame(sent);
        const decoded = decodeAdvertFrame(bytes, bytes.length);
        assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason);
        const { advert, source, destination, sourceMac, destinationMac, checksumForm } = decoded.received;
        assert.deepEqual({ advert, source, destination, sourceMac, destinationMac }, omitChecksum(sent));
        const { version, family } = sent.advert;
        // Where the pseudo-header adds nothing to the sum both forms are right, and are told as one.
        if (version === 3 && family === 4 && checksumForm !== sent.checksum)
          assert.equal(checksumForm, 'pseudo-header');
      }),
      { numRuns: 2000 },
    );
  });
});

/** Records as object literals make them, which `deepEqual` tells from those without a prototype. */
const plain = { noNullPrototype: true };

function sending() {
  return fc
    .tuple(fc.constantFrom([2, 4], [3, 4], [3, 6] as const), fc.constantFrom<ChecksumForm>('message', 'pseudo-header'))
    .chain(([[version, family], checksum]) =>
      fc.record(
        {
          advert: advertOf(version as 2 | 3, family as 4 | 6),
          sourceMac: octets(6),
          destinationMac: octets(6),
          source: sourceOf(family as 4 | 6),
          destination: octets(family === 4 ? 4 : 16),
          checksum: fc.constant(checksum),
        },
        plain,
      ),
    );
}

function advertOf(version: 2 | 3, family: 4 | 6): fc.Arbitrary<Advert> {
  const [units, unit] = version === 2 ? [255, 1_000_000] : [4095, 10_000];
  const address = family === 4 ? octets(4) : octets(16).map((bytes) => Uint8Array.of(0xfe, 0x80, ...bytes.slice(2)));
  return fc.record(
    {
      version: fc.constant(version),
      family: fc.constant(family),
      virtualRouterId: uint(255, 1),
      priority: uint(255),
      interval: uint(units, 1).map((count) => count * unit),
      addresses: fc.array(address, { minLength: 1, maxLength: 20 }),
    },
    plain,
  );
}

/** A source that some host may have. */
function sourceOf(family: 4 | 6): fc.Arbitrary<Uint8Array> {
  if (family === 6) return octets(16).map((bytes) => Uint8Array.of(0xfe, 0x80, ...bytes.slice(2)));
  return octets(4).map((bytes) => Uint8Array.of(192, ...bytes.slice(1)));
}

function omitChecksum<T extends { checksum: ChecksumForm }>({ checksum: _, ...rest }: T): Omit<T, 'checksum'> {
  return rest;
}
