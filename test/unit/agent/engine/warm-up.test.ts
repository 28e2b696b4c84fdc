import assert from 'node:assert/strict';
import { warmUp } from '../../../../src/agent/engine/warm-up.js';

describe('the warm-up of the engine', () => {
  it('takes over again and again, as far as the addresses', () => {
    assert.equal(warmUp(), 40);
  });
});
