import assert from 'node:assert/strict';
import fc from 'fast-check';
import { internetChecksum, onesComplementSum, pseudoHeaderSum } from '../../../../src/core/wire/checksum.js';
import { fromHex } from '../../../vectors/vector.js';

describe('the internet checksum', () => {
  it('is that of the example in RFC 1071 section 3', () => {
    const bytes = fromHex('0001f203f4f5f6f7');
    assert.equal(onesComplementSum(bytes, 0, bytes.length), 0xddf2);
    assert.equal(internetChecksum(bytes, 0, bytes.length), 0x220d);
  });

  it('makes the whole sum to ffff, wherever in the buffer and whatever is around', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 5 }), (content, at) => {
        const even = content.length & ~1;
        const buffer = new Uint8Array(at + content.length + 8).fill(0xa5);
        buffer.set(content, at + 2);
        buffer.fill(0, at, at + 2);
        const length = even + 2;
        const checksum = internetChecksum(buffer, at, length);
        buffer[at] = checksum >> 8;
        buffer[at + 1] = checksum & 0xff;
        assert.equal(onesComplementSum(buffer, at, length), 0xffff);
      }),
    );
  });

  it('pads an odd last octet with zero and reads nothing after it', () => {
    assert.equal(onesComplementSum(fromHex('0102ffa5'), 0, 3), onesComplementSum(fromHex('0102ff00'), 0, 4));
  });

  it('does not overflow over 64 KiB of ones', () => {
    assert.equal(onesComplementSum(new Uint8Array(65535).fill(0xff), 0, 65534, 0xffff), 0xffff);
  });

  it('of a pseudo-header is the sum of addresses, protocol and length, for both families', () => {
    const ipv4 = fromHex('c000020be0000012');
    assert.equal(pseudoHeaderSum(ipv4, 0, 4, 112, 12), onesComplementSum(fromHex('c000020be00000120070000c'), 0, 12));
    const ipv6 = fromHex(`${'fe80'.padEnd(31, '0')}b${'ff02'.padEnd(30, '0')}12`);
    const whole = Uint8Array.of(...ipv6, ...fromHex('0000002800000070'));
    assert.equal(pseudoHeaderSum(ipv6, 0, 16, 112, 40), onesComplementSum(whole, 0, whole.length));
  });
});
