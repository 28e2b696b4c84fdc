import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import fc from 'fast-check';
import {
  canonicalIp,
  compareIp,
  type Family,
  formatIp,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
  parseIp,
} from '../../../../src/core/ip/address.js';

const address: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4 as Family, value })),
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => ({ family: 6 as Family, value })),
  // Many zero groups, where the shortening of IPv6 text has its corners.
  fc.array(fc.constantFrom(0n, 0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 }).map((groups) => ({
    family: 6 as Family,
    value: groups.reduce<bigint>((value, group) => (value << 16n) | group, 0n),
  })),
);

/** Text that is an address, nearly one, or made of the same characters. */
const text = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  address.map(formatIp),
  fc
    .array(fc.constantFrom('0', '1', '9', '255', '256', 'f', 'ffff', '10000', '.', ':', '::', '%', '/', '-', ' '), {
      maxLength: 18,
    })
    .map((parts) => parts.join('')),
  fc
    .tuple(address.map(formatIp), fc.nat(), fc.constantFrom('', ':', '.', '0', 'g', '1', ' '))
    .map(
      ([whole, at, insert]) =>
        whole.slice(0, at % (whole.length + 1)) + insert + whole.slice((at % (whole.length + 1)) + 1),
    ),
);

describe('an address', () => {
  it('is text exactly when node:net says so, zones aside', () => {
    fc.assert(
      fc.property(text, (candidate) => {
        const family = candidate.includes('%') ? 0 : isIP(candidate);
        assert.equal(parseIp(candidate)?.family ?? 0, family, candidate);
      }),
      { numRuns: 5000 },
    );
  });

  it('has no zone, which node:net accepts', () => {
    assert.equal(isIP('fe80::1%eth0'), 6);
    assert.equal(parseIp('fe80::1%eth0'), undefined);
  });

  for (const wrong of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '0x7f.0.0.1',
    '1.2.3.4 ',
    '::1::',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1.2.3',
    '1.2.3.4::',
    '12345::',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
  ]) {
    it(`is not "${wrong}"`, () => assert.equal(parseIp(wrong), undefined));
  }

  it('is read back from its canonical text, which node:net accepts', () => {
    fc.assert(
      fc.property(address, (each) => {
        assert.equal(isIP(formatIp(each)), each.family);
        assert.deepEqual(parseIp(formatIp(each)), each);
      }),
      { numRuns: 2000 },
    );
  });

  // Corners of RFC 5952 section 4 and 5, and of RFC 4291 2.2.
  for (const [written, canonical] of [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ] as const) {
    it(`written ${written} is ${canonical}`, () => assert.equal(canonicalIp(written), canonical));
  }

  it('that is none has no canonical text', () => assert.equal(canonicalIp('localhost'), undefined));

  it('is read back from its bytes', () => {
    fc.assert(
      fc.property(address, (each) => {
        assert.equal(ipToBytes(each).length, each.family === 4 ? 4 : 16);
        assert.deepEqual(ipFromBytes(ipToBytes(each)), each);
      }),
    );
    assert.deepEqual([...ipToBytes(parseIp('192.0.2.1')!)], [192, 0, 2, 1]);
  });

  it('has 4 or 16 bytes; any other number is our own fault', () => {
    for (const length of [0, 3, 5, 15, 17]) assert.throws(() => ipFromBytes(new Uint8Array(length)), /4 or 16 bytes/);
  });

  it('is ordered by family, then as an unsigned number', () => {
    const sorted = ['0.0.0.1', '9.0.0.0', '10.0.0.0', '200.0.0.1', '::', '::2', 'fe80::1'];
    const shuffled = ['fe80::1', '10.0.0.0', '::2', '200.0.0.1', '::', '9.0.0.0', '0.0.0.1'].map(
      (each) => parseIp(each)!,
    );
    assert.deepEqual(shuffled.sort(compareIp).map(formatIp), sorted);
    assert.equal(compareIp(parseIp('::1')!, parseIp('0::1')!), 0);
  });
});
