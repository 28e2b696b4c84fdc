import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatCommunity,
  formatExtendedCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
} from '../../../../../src/core/wire/bgp/communities.js';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('a community', () => {
  for (const [text, value] of [
    ['64512:100', 0xfc00_0064],
    ['0:0', 0],
    ['65535:65535', 0xffff_ffff],
    ['graceful-shutdown', 0xffff_0000],
    ['65535:0', 0xffff_0000],
    ['NO-EXPORT', 0xffff_ff01],
    ['no-advertise', 0xffff_ff02],
    ['blackhole', 0xffff_029a],
  ] as const) {
    it(`is read from ${text}`, () => assert.equal(parseCommunity(text), value));
  }

  for (const text of [
    '',
    '1',
    '65536:0',
    '0:65536',
    '-1:0',
    '1:2:3',
    ' 1:2',
    '01:2',
    '1.5:2',
    'no-exports',
    'constructor',
  ]) {
    it(`is not "${text}"`, () => assert.equal(parseCommunity(text), undefined));
  }

  it('is shown by its well-known name', () => assert.equal(formatCommunity(0xffff_0000), 'graceful-shutdown'));

  it('is read back from what is shown', () => {
    fc.assert(fc.property(uint32, (value) => assert.equal(parseCommunity(formatCommunity(value)), value)));
  });
});

describe('a large community', () => {
  it('is three numbers of 32 bits', () => {
    assert.deepEqual(parseLargeCommunity('4294967295:0:7'), [0xffff_ffff, 0, 7]);
    for (const text of ['', '1:2', '1:2:4294967296', '1:2:3:4', '1:2:x', '1:02:3']) {
      assert.equal(parseLargeCommunity(text), undefined, text);
    }
  });

  it('is read back from what is shown', () => {
    fc.assert(
      fc.property(fc.tuple(uint32, uint32, uint32), (value) => {
        assert.deepEqual(parseLargeCommunity(formatLargeCommunity(value)), value);
      }),
    );
  });
});

describe('an extended community', () => {
  for (const [text, value] of [
    ['rt:64512:100', 0x0002_fc00_0000_0064n],
    ['soo:64512:4294967295', 0x0003_fc00_ffff_ffffn],
    ['RT:192.0.2.1:100', 0x0102_c000_0201_0064n],
    ['rt:4200000001:100', 0x0202_fa56_ea01_0064n],
    ['0x4004000000001234', 0x4004_0000_0000_1234n],
  ] as const) {
    it(`is read from ${text}`, () => assert.equal(parseExtendedCommunity(text), value));
  }

  for (const text of [
    '',
    'rt:1',
    'rt:65536:65536',
    'rt:192.0.2.1:65536',
    'rt:::1',
    'xx:1:2',
    'rt:4294967296:1',
    '0x12',
  ]) {
    it(`is not "${text}"`, () => assert.equal(parseExtendedCommunity(text), undefined));
  }

  it('is read back from what is shown', () => {
    const value = fc.oneof(
      fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
      fc
        .tuple(fc.constantFrom(0n, 1n, 2n), fc.constantFrom(2n, 3n), fc.bigInt({ min: 0n, max: 0xffff_ffff_ffffn }))
        .map(([kind, subtype, rest]) => (kind << 56n) | (subtype << 48n) | rest),
    );
    fc.assert(fc.property(value, (each) => assert.equal(parseExtendedCommunity(formatExtendedCommunity(each)), each)));
  });
});
