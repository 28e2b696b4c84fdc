import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compareOctets,
  equalOctets,
  readUint16,
  readUint32,
  sameOctets,
  writeUint16,
  writeUint32,
  zeroOctets,
} from '../../../../src/core/wire/octets.js';

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

describe('numbers in network order', () => {
  it('are what DataView reads, and are written to their own bytes only', () => {
    fc.assert(
      fc.property(uint(16), uint(32), (short, long) => {
        const bytes = new Uint8Array(10).fill(0xa5);
        writeUint16(bytes, 1, short);
        writeUint32(bytes, 4, long);
        const view = new DataView(bytes.buffer);
        assert.equal(view.getUint16(1), short);
        assert.equal(view.getUint32(4), long);
        assert.equal(readUint16(bytes, 1), short);
        assert.equal(readUint32(bytes, 4), long);
        for (const at of [0, 3, 8, 9]) assert.equal(bytes[at], 0xa5);
      }),
    );
  });
});

describe('octet strings', () => {
  it('are ordered as Buffer.compare orders strings of one length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        (a, b) => {
          assert.equal(Math.sign(compareOctets(a, b)), Buffer.compare(a, b));
          assert.equal(equalOctets(a, b), Buffer.compare(a, b) === 0);
        },
      ),
    );
  });

  it('are unsigned: 200 is above 100', () => {
    assert.ok(compareOctets(Uint8Array.of(192, 0, 2, 200), Uint8Array.of(192, 0, 2, 100)) > 0);
    assert.equal(compareOctets(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), 0);
  });

  it('of different lengths are not equal, the shorter first', () => {
    assert.ok(compareOctets(Uint8Array.of(255), Uint8Array.of(0, 0)) < 0);
    assert.equal(equalOctets(Uint8Array.of(0), Uint8Array.of(0, 0)), false);
  });

  it('are compared and found zero within bounds', () => {
    const bytes = Uint8Array.of(9, 1, 2, 0, 0, 7);
    assert.equal(sameOctets(bytes, 1, Uint8Array.of(1, 2, 3), 0, 2), true);
    assert.equal(sameOctets(bytes, 1, Uint8Array.of(1, 2, 3), 0, 3), false);
    assert.equal(zeroOctets(bytes, 3, 2), true);
    assert.equal(zeroOctets(bytes, 3, 3), false);
  });
});
