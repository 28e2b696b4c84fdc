import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import {
  type AuthenticationFault,
  type AuthenticationRules,
  authenticationFault,
  authenticationFaults,
  authenticationModes,
  refuses,
  signs,
} from '../../../../src/core/vrrp/authentication.js';
import { type Hmac, readHmacTrailer } from '../../../../src/core/wire/vrrp-hmac.js';
import { readVector, type Vector, withField } from '../../../vectors/vector.js';

const source = ipToBytes(parseIp('fe80::10')!);
const vector = readVector('vrrp/hmac-ipv6');
const sentAt = 0x68000000 * 1_000_000 + 500_000;
const second = 1_000_000;
const hmac: Hmac = (bytes) =>
  createHmac(
    'sha256',
    Uint8Array.from({ length: 32 }, (_, i) => i),
  )
    .update(bytes)
    .digest();
const rules: AuthenticationRules = {
  mode: 'enforce',
  hmacOf: (id) => (id === 1 ? hmac : undefined),
  window: 5,
};
const stamp = { seconds: 0x68000000, fraction: 0x8000, counter: 0 };

const trailerOf = (bytes = vector.bytes, from = source) => readHmacTrailer(bytes, 0, bytes.length, from);
const judge = (bytes = vector.bytes, last: typeof stamp | undefined = undefined, utc = sentAt) =>
  authenticationFault(trailerOf(bytes), rules, last, utc);

describe('the authentication of an advert', () => {
  it('believes an advert of keepalived that is signed with the shared key', () => {
    assert.equal(judge(), undefined);
  });

  it('does not believe one without a trailer', () => {
    assert.equal(authenticationFault(undefined, rules, undefined, sentAt), 'hmac-missing');
  });

  /** As in keepalived's own table of mutations: a field, what it becomes, and the verdict. */
  const mutations: readonly [string, string, AuthenticationFault | undefined][] = [
    ['priority', 'c9', 'hmac-mismatch'],
    ['interval (cs)', '0065', 'hmac-mismatch'],
    ['checksum', 'a2e8', undefined],
    ['address 1', 'fe800000000000000000000000000101', 'hmac-mismatch'],
    ['key ID', '02', 'hmac-unknown-key'],
    ['key ID', '00', 'hmac-unknown-key'],
    ['seconds', '68000001', 'hmac-mismatch'],
    ['fraction of a second', '8001', 'hmac-mismatch'],
    ['counter', '0001', 'hmac-mismatch'],
  ];
  for (const [field, to, fault] of mutations) {
    it(`${fault === undefined ? 'believes' : `says ${fault} of`} one whose ${field} was changed to ${to}`, () => {
      assert.equal(judge(changed(vector, field, to)), fault);
    });
  }

  it('finds every bit that was changed, whatever it belongs to, but those of the checksum', () => {
    for (let bit = 0; bit < 8 * vector.bytes.length; bit++) {
      const bytes = vector.bytes.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const fault = judge(bytes);
      assert.equal(fault === undefined, bit >> 3 === 6 || bit >> 3 === 7, `bit ${bit}: ${fault}`);
    }
  });

  it('does not believe one that says another source, or that is for another virtual router', () => {
    const elsewhere = trailerOf(vector.bytes, ipToBytes(parseIp('fe80::20')!));
    assert.equal(authenticationFault(elsewhere, rules, undefined, sentAt), 'hmac-mismatch');
    const bytes = vector.bytes.slice();
    bytes[1] = 52;
    assert.equal(judge(bytes), 'hmac-mismatch');
  });

  it('believes a stamp within the window either way, and none outside it', () => {
    for (const late of [-5, 0, 5]) assert.equal(judge(vector.bytes, undefined, sentAt + late * second), undefined);
    for (const late of [-6, 6, 3600, -3600, 2 ** 31])
      assert.equal(judge(vector.bytes, undefined, sentAt + late * second), 'hmac-stale', `${late} s`);
  });

  it('computes no digest for a recording', () => {
    const counted = { ...rules, hmacOf: () => assert.fail('a digest was wanted') };
    assert.equal(authenticationFault(trailerOf(), counted, undefined, sentAt + 60 * second), 'hmac-stale');
  });

  it('believes a stamp once, and none before one that was heard', () => {
    assert.equal(judge(vector.bytes, stamp), 'hmac-replay');
    assert.equal(judge(vector.bytes, { ...stamp, counter: 1 }), 'hmac-replay');
    assert.equal(judge(vector.bytes, { ...stamp, fraction: 0x7fff }), undefined);
  });

  it('hears a sender again whose clock was set right: a last stamp outside the window orders nothing', () => {
    assert.equal(judge(vector.bytes, { ...stamp, seconds: stamp.seconds + 3600 }), undefined);
  });

  it('does not let a recording of a wrong signature count as heard before its signature is judged', () => {
    assert.equal(judge(changed(vector, 'priority', '01'), stamp), 'hmac-mismatch');
  });

  it('refuses in mode enforce alone, and signs in every mode but receive-only', () => {
    for (const fault of authenticationFaults)
      assert.deepEqual(
        authenticationModes.map((mode) => refuses(mode, fault)),
        [false, false, true],
      );
    assert.equal(refuses('enforce', undefined), false);
    assert.deepEqual(authenticationModes.map(signs), [false, true, true]);
  });
});

function changed(from: Vector, field: string, to: string): Uint8Array {
  return withField(from, field, to);
}
