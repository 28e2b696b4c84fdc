import assert from 'node:assert/strict';
import { decoded, newHeardFrame } from '../../../../../src/agent/engine/answering/heard-frame.js';
import { encodeArpProbe } from '../../../../../src/core/wire/neighbor-frame.js';

describe('a frame of ARP or neighbour discovery that was heard', () => {
  const hear = (frame: Uint8Array) => {
    const heard = newHeardFrame();
    heard.octets.set(frame);
    heard.length = frame.length;
    return heard;
  };
  const frame = encodeArpProbe({ mac: Uint8Array.of(2, 0, 0, 0, 0, 1), address: Uint8Array.of(192, 0, 2, 1) });

  it('is decoded once for all that ask, and not before', () => {
    const heard = hear(frame);
    assert.equal(heard.decoded, undefined);
    assert.ok(decoded(heard).ok);
    assert.equal(decoded(heard), decoded(heard));
  });

  it('ends where it ended, however long the buffer is', () => {
    assert.ok(!decoded({ ...hear(frame), length: 20 }).ok);
  });
});
