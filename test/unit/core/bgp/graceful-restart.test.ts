import assert from 'node:assert/strict';
import { gracefulRestartOf } from '../../../../src/core/bgp/graceful-restart.js';

describe('what peers are told of a start', () => {
  it('is nothing of a restart when no process ran before', () => {
    assert.deepEqual(gracefulRestartOf(120, 'a', undefined), { restartTime: 120, restarted: false, forwarding: false });
  });

  it('is that the kernel went on forwarding when it is the same', () => {
    assert.deepEqual(gracefulRestartOf(120, 'a', 'a'), { restartTime: 120, restarted: true, forwarding: true });
  });

  it('is that nothing was forwarded when it is another', () => {
    assert.deepEqual(gracefulRestartOf(120, 'b', 'a'), { restartTime: 120, restarted: true, forwarding: false });
  });
});
