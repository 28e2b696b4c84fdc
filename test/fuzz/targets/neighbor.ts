import assert from 'node:assert/strict';
import { encodeArp } from '../../../src/core/wire/arp.js';
import { sourceMacAt } from '../../../src/core/wire/ethernet.js';
import { macLength } from '../../../src/core/wire/mac.js';
import { encodeNdp } from '../../../src/core/wire/ndp.js';
import { decodeNeighborFrame, neighborDrops } from '../../../src/core/wire/neighbor-frame.js';
import { readVector, vectorNames } from '../../vectors/vector.js';
import { frames } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

/** Any bytes are a message or a named reason, whatever is behind them; a message is the same after being encoded again. */
export const target: Target<Uint8Array> = {
  form: frames,
  seeds: vectorNames('neighbor').map((name) => readVector(name).bytes),

  run(input) {
    const buffer = new Uint8Array(input.length + 32).fill(0xa5);
    buffer.set(input);
    const decoded = decodeNeighborFrame(buffer, input.length);
    assert.deepEqual(decodeNeighborFrame(input, input.length), decoded, 'bytes behind the frame were read');
    if (!decoded.ok) {
      assert.ok(neighborDrops.includes(decoded.reason), `unnamed reason ${decoded.reason}`);
      return;
    }
    const { message } = decoded;
    const frame = message.type === 'arp' ? encodeArp(message) : encodeNdp(message);
    // Another station may have sent it than the one that speaks in it, and a message has that one alone.
    frame.set(input.subarray(sourceMacAt, sourceMacAt + macLength), sourceMacAt);
    assert.deepEqual(decodeNeighborFrame(frame, frame.length), { ok: true, message: { ...message, vlan: 0 } });
  },
};
