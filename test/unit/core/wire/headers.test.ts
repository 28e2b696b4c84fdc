import assert from 'node:assert/strict';
import { internetChecksum } from '../../../../src/core/wire/checksum.js';
import { writeEthernetHeader } from '../../../../src/core/wire/ethernet.js';
import { ipHeader, ipHeaderOf } from '../../../../src/core/wire/ip.js';
import { fieldOf, fromHex, readVector, toHex } from '../../../vectors/vector.js';

describe('a header written into a buffer in use', () => {
  it('of Ethernet sets its 14 bytes and no other', () => {
    const frame = new Uint8Array(20).fill(0xa5);
    const { bytes } = readVector('vrrp/frame-v3-ipv4');
    writeEthernetHeader(frame, { destination: bytes.slice(0, 6), source: bytes.slice(6, 12), etherType: 0x0800 });
    assert.equal(toHex(frame), toHex(bytes.slice(0, 14)) + 'a5'.repeat(6));
  });

  for (const [family, name] of [
    [4, 'vrrp/frame-v3-ipv4'],
    [6, 'vrrp/frame-v3-ipv6'],
  ] as const) {
    it(`of IPv${family} sets its own bytes, all of them, and no other`, () => {
      const vector = readVector(name);
      const header = ipHeader(family);
      const [source, destination] = ['IP source', 'IP destination'].map((field) => {
        const { at, length } = fieldOf(vector, field);
        return vector.bytes.slice(at, at + length);
      }) as [Uint8Array, Uint8Array];
      const frame = new Uint8Array(14 + header.length + 3).fill(0xa5);
      const payloadLength = header.payloadLength(vector.bytes, 14);
      header.write(frame, 14, { source, destination, protocol: 112, payloadLength });
      const written = toHex(vector.bytes.slice(14, 14 + header.length));
      assert.equal(toHex(frame), 'a5'.repeat(14) + written + 'a5'.repeat(3));
    });
  }
});

describe('an IP header', () => {
  it('is found by its EtherType', () => {
    assert.deepEqual(
      [0x0800, 0x86dd, 0x0806].map((type) => ipHeaderOf(type)?.family),
      [4, 6, undefined],
    );
  });

  it('of IPv4 with options tells where its payload begins and ends', () => {
    const header = fromHex('46c0002c00004000ff70' + '0000' + 'c000020b' + 'e0000012' + '01010101');
    assert.equal(ipHeader(4).payloadAt(header, 0), 24);
    assert.equal(ipHeader(4).payloadLength(header, 0), 20);
  });

  it('of IPv4 is wrong when its lengths contradict each other, its checksum being right', () => {
    const header = fromHex('45c0002000004000ff70d88fc000020be0000012');
    assert.equal(fault(header), undefined);
    for (const [firstByte, totalLength] of [
      [0x44, 32],
      [0x45, 19],
      [0x45, 0],
      [0x55, 32],
    ] as const) {
      const wrong = header.slice();
      wrong[0] = firstByte;
      wrong[3] = totalLength;
      wrong.fill(0, 10, 12);
      const checksum = internetChecksum(wrong, 0, (firstByte & 0x0f) * 4);
      wrong[10] = checksum >> 8;
      wrong[11] = checksum & 0xff;
      assert.equal(fault(wrong), 'ip-header');
    }
  });

  it('of IPv4 is truncated when the frame has less than it says, to the byte', () => {
    const header = fromHex('45c0002000004000ff70d88fc000020be0000012');
    assert.equal(ipHeader(4).fault(header, 0, 32), undefined);
    assert.equal(ipHeader(4).fault(header, 0, 31), 'truncated');
    assert.equal(ipHeader(4).fault(header, 0, 19), 'truncated');
  });
});

/** What is wrong with an IPv4 header in a frame that is long enough for whatever it says. */
function fault(header: Uint8Array) {
  return ipHeader(4).fault(header, 0, 65536);
}
