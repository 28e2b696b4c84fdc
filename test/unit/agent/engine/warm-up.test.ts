import assert from 'node:assert/strict';
import { warmUp } from '../../../../src/agent/engine/warm-up.js';

describe('the warm-up of the engine', () => {
  it('takes over again and again from a leader that stops answering, as far as the last address', () => {
    assert.equal(warmUp(), 4);
  });
});
