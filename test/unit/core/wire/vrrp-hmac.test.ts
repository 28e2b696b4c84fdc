import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import type { Advert } from '../../../../src/core/wire/vrrp.js';
import { decodeAdvertFrame, encodeAdvertFrame, signAdvertFrames } from '../../../../src/core/wire/vrrp-frame.js';
import {
  encodeAuthenticatedAdvert,
  type Hmac,
  readHmacTrailer,
  verifyHmac,
} from '../../../../src/core/wire/vrrp-hmac.js';
import { seal } from '../../../vectors/seal.js';
import { fieldOf, fromHex, readVector, toHex, type Vector, withField } from '../../../vectors/vector.js';

const ip = (text: string) => ipToBytes(parseIp(text)!);
const hmac: Hmac = (bytes) =>
  createHmac(
    'sha256',
    Uint8Array.from({ length: 32 }, (_, i) => i),
  )
    .update(bytes)
    .digest();
const otherHmac: Hmac = (bytes) => createHmac('sha256', 'k'.repeat(32)).update(bytes).digest();
const stamp = { keyId: 1, seconds: 0x68000000, fraction: 0x8000, counter: 0 };

interface Case {
  readonly vector: Vector;
  readonly advert: Advert;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

const cases: readonly Case[] = [
  {
    vector: readVector('vrrp/hmac-ipv4'),
    advert: {
      version: 3,
      family: 4,
      virtualRouterId: 51,
      priority: 200,
      interval: 1_000_000,
      addresses: [ip('192.0.2.100')],
    },
    source: ip('198.51.100.10'),
    destination: ip('224.0.0.18'),
  },
  {
    vector: readVector('vrrp/hmac-ipv6'),
    advert: {
      version: 3,
      family: 6,
      virtualRouterId: 51,
      priority: 200,
      interval: 1_000_000,
      addresses: [ip('fe80::100')],
    },
    source: ip('fe80::10'),
    destination: ip('fe80::20'),
  },
];

describe('an authenticated advert', () => {
  for (const { vector, advert, source, destination } of cases) {
    it(`is written as ${vector.title}`, () => {
      const message = encodeAuthenticatedAdvert(advert, source, destination, 'message', { stamp, hmac });
      assert.equal(toHex(message), toHex(vector.bytes));
    });

    it(`is verified by who has the key, and by nobody else: ${vector.title}`, () => {
      const trailer = readHmacTrailer(vector.bytes, 0, vector.bytes.length, source);
      assert.equal(verifyHmac(trailer, hmac), true);
      assert.equal(verifyHmac(trailer, otherHmac), false);
      assert.deepEqual(
        { keyId: trailer.keyId, seconds: trailer.seconds, fraction: trailer.fraction, counter: trailer.counter },
        stamp,
      );
      assert.equal(trailer.authenticated.length, 20 + vector.bytes.length);
    });

    it(`is not verified with any bit changed but those of its checksum: ${vector.title}`, () => {
      const checksum = fieldOf(vector, 'checksum').at;
      for (let bit = 0; bit < 8 * vector.bytes.length; bit++) {
        const message = vector.bytes.slice();
        message[bit >> 3]! ^= 1 << (bit & 7);
        const covered = bit >> 3 < checksum || bit >> 3 >= checksum + 2;
        const trailer = readHmacTrailer(message, 0, message.length, source);
        assert.equal(verifyHmac(trailer, hmac), !covered, `bit ${bit}`);
      }
    });

    it(`is not verified from another source: ${vector.title}`, () => {
      const other = source.slice();
      other[other.length - 1]! ^= 1;
      assert.equal(verifyHmac(readHmacTrailer(vector.bytes, 0, vector.bytes.length, other), hmac), false);
    });

    for (const checksum of ['message', 'pseudo-header'] as const) {
      it(`passes as a frame with the ${checksum} checksum: ${vector.title}`, () => {
        const decoded = decode(frameOf({ advert, source, destination, checksum }));
        assert.ok(decoded.ok);
        assert.equal(decoded.received.checksumForm, advert.family === 6 ? 'v6' : checksum);
        assert.deepEqual(decoded.received.advert, advert);
        assert.ok(decoded.received.trailer && verifyHmac(decoded.received.trailer, hmac));
        assert.equal(toHex(decoded.received.trailer.hmac), toHex(vector.bytes.slice(-16)));
      });
    }

    it(`is the same signed again in its frames as encoded anew: ${vector.title}`, () => {
      const o = { advert, source, checksum: 'pseudo-header' } as const;
      const destinations = [
        destination,
        ...['01', '02'].map((last) => Uint8Array.of(...destination.slice(0, -1), Number(last))),
      ];
      const frames = destinations.map((each) => frameOf({ ...o, destination: each }));
      const later = { stamp: { keyId: 9, seconds: 0x68000001, fraction: 0xffff, counter: 0x0102 }, hmac: otherHmac };
      signAdvertFrames(frames, later);
      for (const [i, frame] of frames.entries()) {
        const anew = frameOf({ ...o, destination: destinations[i]! }, later);
        assert.equal(toHex(frame), toHex(anew));
        const decoded = decode(frame);
        assert.ok(decoded.ok && decoded.received.trailer && verifyHmac(decoded.received.trailer, otherHmac));
      }
    });

    it(`is dropped as trailer when that is of an unknown form: ${vector.title}`, () => {
      for (const [field, to] of [
        ['trailer type', '02'],
        ['trailer type', '00'],
        ['trailer reserved', '0001'],
        ['trailer reserved', '0100'],
      ] as const) {
        const changed = withField(vector, field, to);
        const frame = frameOf({ advert, source, destination, checksum: 'message' });
        frame.set(changed, frame.length - changed.length);
        const sealed = seal(frame, { covered: changed.length - (advert.family === 4 ? 28 : 0) });
        assert.deepEqual(decode(sealed), { ok: false, reason: 'trailer', source, virtualRouterId: 51 });
      }
    });
  }

  it('has no trailer when the message is of version 2', () => {
    const [{ advert, source, destination }] = cases as [Case, ...Case[]];
    assert.throws(
      () => encodeAuthenticatedAdvert({ ...advert, version: 2 }, source, destination, 'message', { stamp, hmac }),
      /only adverts of version 3/,
    );
    const frame = readVector('vrrp/frame-v2');
    const longer = Uint8Array.of(...frame.bytes.slice(0, 54), ...fromHex('01010000'), ...new Array(24).fill(0));
    longer[17]! += 28;
    const decoded = decode(seal(longer));
    assert.ok(!decoded.ok && decoded.reason === 'length');
  });

  it('is refused as our own fault when the HMAC is too short', () => {
    const [{ advert, source, destination }] = cases as [Case, ...Case[]];
    const short: Hmac = () => new Uint8Array(15);
    assert.throws(
      () => encodeAuthenticatedAdvert(advert, source, destination, 'message', { stamp, hmac: short }),
      /HMAC of 15 bytes/,
    );
  });
});

function frameOf(
  o: Omit<Case, 'vector'> & { checksum: 'message' | 'pseudo-header' },
  signature = { stamp, hmac },
): Uint8Array {
  return encodeAdvertFrame({
    ...o,
    sourceMac: fromHex('02000000000b'),
    destinationMac: fromHex('02000000000c'),
    signature,
  });
}

function decode(frame: Uint8Array) {
  return decodeAdvertFrame(frame, frame.length);
}
