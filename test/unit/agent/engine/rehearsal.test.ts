import assert from 'node:assert/strict';
import { rehearse } from '../../../../src/agent/engine/rehearsal.js';

describe('the rehearsal of the engine', () => {
  it('takes over again and again, as far as the addresses', () => {
    assert.equal(rehearse(), 40);
  });
});
