import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseIp } from '../../../../src/core/ip/address.js';
import {
  contains,
  formatRange,
  type IpRange,
  intersect,
  merge,
  overlap,
  parsePool,
  rangeSize,
  rangesSize,
  subtract,
} from '../../../../src/core/ip/range.js';

describe('a pool', () => {
  for (const [text, ranges, size] of [
    ['192.0.2.1', ['192.0.2.1'], 1n],
    [' 192.0.2.1 ', ['192.0.2.1'], 1n],
    ['192.0.2.0/24', ['192.0.2.0/24'], 256n],
    ['192.0.2.77/24', ['192.0.2.0/24'], 256n],
    ['192.0.2.9/32', ['192.0.2.9'], 1n],
    ['0.0.0.0/0', ['0.0.0.0/0'], 2n ** 32n],
    ['192.0.2.10-192.0.2.12', ['192.0.2.10-192.0.2.12'], 3n],
    ['192.0.2.10 - 192.0.2.10', ['192.0.2.10'], 1n],
    ['2001:db8::/64', ['2001:db8::/64'], 2n ** 64n],
    ['::/0', ['::/0'], 2n ** 128n],
    ['2001:db8::ffff-2001:db8::1:0', ['2001:db8::ffff-2001:db8::1:0'], 2n],
    ['192.0.2.8/30, 192.0.2.12/30', ['192.0.2.8/29'], 8n],
    ['192.0.2.5,192.0.2.0-192.0.2.9,192.0.2.1', ['192.0.2.0-192.0.2.9'], 10n],
    ['192.0.2.3,192.0.2.1', ['192.0.2.1', '192.0.2.3'], 2n],
    ['2001:db8::1,192.0.2.1', ['192.0.2.1', '2001:db8::1'], 2n],
    ['255.255.255.255,::', ['255.255.255.255', '::'], 2n],
  ] as const) {
    it(`"${text}" is ${ranges.join(' and ')}`, () => {
      const parsed = parsePool(text);
      assert.ok(parsed.ok);
      assert.deepEqual(parsed.ranges.map(formatRange), ranges);
      assert.equal(rangesSize(parsed.ranges), size);
    });
  }

  for (const [text, reason] of [
    ['', /^is empty: expected an address, a CIDR block/],
    ['  ', /^is empty/],
    ['192.0.2.1,', /^has an empty part between commas/],
    ['192.0.2.1,,192.0.2.3', /^has an empty part between commas/],
    ['192.0.2.9-192.0.2.3', /^range 192\.0\.2\.9-192\.0\.2\.3 runs backwards: write it as 192\.0\.2\.3-192\.0\.2\.9$/],
    ['192.0.2.1,2001:db8::9-2001:db8::3', /^range 2001:db8::9-2001:db8::3 runs backwards/],
    ['192.0.2.1-2001:db8::1', /^range 192\.0\.2\.1-2001:db8::1 mixes IPv4 and IPv6/],
    ['192.0.2.1-7', /^range 192\.0\.2\.1-7 is malformed, "7" is not an IP address/],
    ['-192.0.2.1', /^range -192\.0\.2\.1 is malformed, "" is not an IP address/],
    ['192.0.2.1-192.0.2.2-192.0.2.3', /it has more than two ends/],
    ['192.0.2.300', /^"192\.0\.2\.300" is not an IP address/],
    ['192.0.2.010', /^"192\.0\.2\.010" is not an IP address/],
    ['example.org', /^"example\.org" is not an IP address/],
    ['fe80::1%eth0', /is not an IP address/],
    ['192.0.2.0/33', /^CIDR block 192\.0\.2\.0\/33 has prefix length "33": expected 0 to 32 for IPv4$/],
    ['2001:db8::/129', /has prefix length "129": expected 0 to 128 for IPv6/],
    ['192.0.2.0/', /has prefix length ""/],
    ['192.0.2.0/024', /has prefix length "024"/],
    ['192.0.2.0/-1', /has prefix length "-1"/],
    ['192.0.2.0/24/24', /^CIDR block 192\.0\.2\.0\/24\/24 does not start with/],
    ['192.0.2/24', /^CIDR block 192\.0\.2\/24 does not start with an IP address/],
    ['192.0.2.0/24-192.0.2.9', /^CIDR block 192\.0\.2\.0\/24-192\.0\.2\.9 has prefix length "24-192\.0\.2\.9"/],
  ] as const) {
    it(`"${text}" is refused: ${reason.source}`, () => {
      const parsed = parsePool(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.reason, reason);
    });
  }

  it('of any text is ranges or a reason, never an exception', () => {
    const parts = fc.constantFrom('1', '192.0.2.1', '::1', '2001:db8::', '/', '-', ',', ' ', '64', '0', 'x');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((each) => each.join('')),
        ),
        (text) => {
          const parsed = parsePool(text);
          if (parsed.ok) assert.ok(rangesSize(parsed.ranges) > 0n);
          else assert.ok(parsed.reason.length > 0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('of the whole of IPv6 is worked with as fast as one address', () => {
    const all = ranges('::/0');
    const hole = ranges('2001:db8::/32');
    assert.equal(rangesSize(subtract(all, hole)), 2n ** 128n - 2n ** 96n);
    assert.deepEqual(overlap(all, hole), hole[0]);
    assert.equal(contains(subtract(all, hole), parseIp('2001:db8::5')!), false);
  });

  it('holds the addresses of its ranges, ends included, of their family', () => {
    const pool = ranges('192.0.2.1-192.0.2.3,2001:db8::1');
    const held = ['192.0.2.0', '192.0.2.1', '192.0.2.3', '192.0.2.4', '2001:db8::1', '2001:db8::2', '::c000:201'];
    assert.deepEqual(
      held.map((text) => contains(pool, parseIp(text)!)),
      [false, true, true, false, true, false, false],
    );
  });
});

/** Ranges within 0..46 of both families: small enough to be compared with sets of numbers. */
const small: fc.Arbitrary<readonly IpRange[]> = fc.array(
  fc
    .tuple(fc.constantFrom(4 as const, 6 as const), fc.bigInt({ min: 0n, max: 31n }), fc.bigInt({ min: 0n, max: 15n }))
    .map(([family, first, more]) => ({ family, first, last: first + more })),
  { maxLength: 8 },
);

describe('ranges', () => {
  it('merged hold the same addresses, sorted, with a gap between any two', () => {
    fc.assert(
      fc.property(small, (some) => {
        const merged = merge(some);
        assert.deepEqual(members(merged), members(some));
        assert.equal(rangesSize(merged), BigInt(members(some).length));
        for (const [i, range] of merged.slice(1).entries()) {
          const before = merged[i]!;
          assert.ok(before.family < range.family || before.last + 1n < range.first);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('subtracted, intersected and overlapped are what sets of addresses are', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const inB = new Set(members(b));
        const left = members(a).filter((each) => !inB.has(each));
        const common = members(a).filter((each) => inB.has(each));
        assert.deepEqual(members(subtract(a, b)), left);
        assert.deepEqual(members(intersect(a, b)), common);
        assert.deepEqual(subtract(a, b), merge(subtract(a, b)));
        assert.deepEqual(overlap(a, b), merge(intersect(a, b))[0]);
      }),
      { numRuns: 2000 },
    );
  });

  it('are subtracted in time that grows with their number, not with its square', () => {
    const holes = Array.from({ length: 20_000 }, (_, i) => {
      const value = BigInt(2 * i);
      return { family: 4 as const, first: value, last: value };
    });
    const pool = [{ family: 4 as const, first: 0n, last: 39_999n }];
    assert.equal(rangesSize(subtract(pool, holes)), 20_000n);
    assert.equal(rangesSize(subtract(holes, pool)), 0n);
    assert.equal(subtract(holes, holes.slice(1)).length, 1);
  }).timeout(20_000); // some tens of milliseconds; minutes with the square

  it('are written in text that reads back as themselves', () => {
    fc.assert(
      fc.property(small, (some) => {
        const merged = merge(some);
        if (merged.length > 0) assert.deepEqual(ranges(merged.map(formatRange).join(',')), merged);
      }),
    );
  });

  it('have a size of at least one', () => {
    assert.equal(rangeSize({ family: 4, first: 7n, last: 7n }), 1n);
  });
});

function ranges(text: string): readonly IpRange[] {
  const parsed = parsePool(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.reason);
  return parsed.ranges;
}

function members(some: readonly IpRange[]): readonly string[] {
  const all = new Set<string>();
  for (const { family, first, last } of some) {
    for (let value = first; value <= last; value++) all.add(`${family} ${String(value).padStart(2, '0')}`);
  }
  return [...all].sort();
}
