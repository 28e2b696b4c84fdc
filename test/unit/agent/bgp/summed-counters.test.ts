import assert from 'node:assert/strict';
import { summedCounters } from '../../../../src/agent/bgp/summed-counters.js';

describe('what two routing threads have counted', () => {
  it('is added up by counter and BgpPeer, whatever these are called', () => {
    const names = ['tor', 'constructor', 'tostring', 'hasOwnProperty'];
    const counted = (count: number) => ({ sessions: Object.fromEntries(names.map((name) => [name, count])) });
    assert.deepEqual(summedCounters(counted(1), counted(2)), counted(3));
    assert.deepEqual(summedCounters({}, { sessions: { constructor: 4 } as never }), { sessions: { constructor: 4 } });
  });
});
