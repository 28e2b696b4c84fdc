import assert from 'node:assert/strict';
import { advertDrops, decodeAdvertFrame, encodeAdvertFrame } from '../../../src/core/wire/vrrp-frame.js';
import { readVector, vectorNames } from '../../vectors/vector.js';
import type { Target } from '../fuzzer.js';

/** Any bytes are an advert or a named reason, whatever is behind them; an advert is the same after being encoded again. */
export const target: Target = {
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
  },
};

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
