import assert from 'node:assert/strict';
import { drainedGroupOf } from '../../../../src/agent/draining/drained-group.js';
import type { VipGroupSpec } from '../../../../src/api/vip-group.js';

const minute = 60_000_000;

/** What of a group concerns connections, where it says so much. */
function drained(said: { readonly eip?: string; readonly drainConnections?: string }) {
  const { drainConnections, ...more } = said;
  const vrrp = { virtualRouterId: 7, ...(drainConnections === undefined ? {} : { drainConnections }) };
  const spec: VipGroupSpec = { protocol: 'vip', addresses: ['2001:DB8::1'], members: [], vrrp, ...more };
  return drainedGroupOf({ metadata: { name: 'api' }, spec });
}

describe('a group whose connections are to go on over moves', () => {
  it('is each of an Eip, for five minutes, unless it says otherwise', () => {
    assert.equal(drained({ eip: 'pool' }).window, 5 * minute);
    assert.equal(drained({ eip: 'pool', drainConnections: '1m' }).window, minute);
    assert.equal(drained({ eip: 'pool', drainConnections: '0s' }).window, 0);
  });

  it('is none that somebody wrote, unless it says so: nothing need translate its addresses', () => {
    assert.equal(drained({}).window, 0);
    assert.equal(drained({ drainConnections: '1m' }).window, minute);
  });

  it('is known for one that says so itself', () => {
    assert.deepEqual([drained({ eip: 'pool' }).isSaid, drained({ drainConnections: '5m' }).isSaid], [false, true]);
  });

  it('has its addresses as canonical texts', () => {
    assert.deepEqual(drained({}).addresses, ['2001:db8::1']);
  });
});
