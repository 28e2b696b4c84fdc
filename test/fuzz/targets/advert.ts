import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { authenticationFault, authenticationFaults } from '../../../src/core/vrrp/authentication.js';
import { type Stamp, stampOf } from '../../../src/core/vrrp/stamps.js';
import {
  advertDrops,
  decodeAdvertFrame,
  encodeAdvertFrame,
  type ReceivedAdvert,
  signAdvertFrames,
} from '../../../src/core/wire/vrrp-frame.js';
import { type Hmac, type HmacTrailer, verifyHmac } from '../../../src/core/wire/vrrp-hmac.js';
import { readVector, vectorNames } from '../../vectors/vector.js';
import { frames } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const hmac: Hmac = (bytes) => createHmac('sha256', key).update(bytes).digest();
const rules = { mode: 'enforce', window: 5, hmacOf: (id: number) => (id === 1 ? hmac : undefined) } as const;

/** Any bytes are an advert or a named reason, whatever is behind them; an advert is the same after being encoded again. */
export const target: Target<Uint8Array> = {
  form: frames,
  seeds: seeds(),

  run(input) {
    const buffer = new Uint8Array(input.length + 32).fill(0xa5);
    buffer.set(input);
    const decoded = decodeAdvertFrame(buffer, input.length);
    assert.deepEqual(decodeAdvertFrame(input, input.length), decoded, 'bytes behind the frame were read');
    if (!decoded.ok) {
      assert.ok(advertDrops.includes(decoded.reason), `unnamed reason ${decoded.reason}`);
      return;
    }
    const { received } = decoded;
    const frame = encodeAdvertFrame({ ...received, checksum: 'message' });
    const again = decodeAdvertFrame(frame, frame.length);
    assert.ok(again.ok, 'what was accepted is dropped when it is sent again');
    assert.deepEqual(again.received.advert, received.advert);
    authenticate(received);
  },
};

/**
 * A trailer is authentic or not for a named reason, whatever is in it; the advert signed with the key, in place, is; and one whose
 * trailer is then cut or changed is not.
 */
function authenticate(received: ReceivedAdvert): void {
  const { trailer, source, advert } = received;
  const utc = (trailer?.seconds ?? 0) * 1_000_000;
  const judge = (each: HmacTrailer | undefined, last?: Stamp) => authenticationFault(each, rules, last, utc);
  const fault = judge(trailer);
  assert.ok(fault === undefined || authenticationFaults.includes(fault), `unnamed fault ${fault}`);
  assert.equal(fault === 'hmac-missing', trailer === undefined);
  if (fault === undefined) assert.ok(trailer && verifyHmac(trailer, hmac), 'believed without the key');
  if (advert.version === 2) return;
  const stamp = { keyId: 1, ...stampOf(utc) };
  const signature = { stamp, hmac: () => new Uint8Array(32) };
  const frame = encodeAdvertFrame({ ...received, checksum: 'message', signature });
  signAdvertFrames([frame], { stamp, hmac });
  const signed = decodeAdvertFrame(frame, frame.length);
  assert.ok(signed.ok, 'a signed advert is dropped');
  assert.equal(judge(signed.received.trailer), undefined);
  assert.equal(judge(signed.received.trailer, stamp), 'hmac-replay');
  const changed = { ...signed.received.trailer!, hmac: signed.received.trailer!.hmac.map((byte) => byte ^ 1) };
  assert.equal(judge(changed), 'hmac-mismatch');
  assert.deepEqual(source, signed.received.source);
}

/** Frames as they are, and the authenticated messages in a frame. */
function seeds(): readonly Uint8Array[] {
  const frames = vectorNames('vrrp').filter((name) => name.includes('/frame-'));
  const [ipv4, ipv6] = [withMessage('frame-v3-ipv4', 34, 'hmac-ipv4'), withMessage('frame-v3-ipv6', 54, 'hmac-ipv6')];
  ipv4[17] = 20 + 40;
  ipv6[19] = 52;
  return [...frames.map((name) => readVector(name).bytes), ipv4, ipv6];
}

function withMessage(frame: string, at: number, message: string): Uint8Array {
  return Uint8Array.of(...readVector(`vrrp/${frame}`).bytes.slice(0, at), ...readVector(`vrrp/${message}`).bytes);
}
