import assert from 'node:assert/strict';
import { validateVipGroup } from '../../../../src/api/validate.js';
import { routedSpecOf } from '../../../../src/controller/groups/routed-spec.js';
import type { Node } from '../../../../src/controller/objects/builtin-objects.js';
import type { RoutedGroup } from '../../../../src/core/placement/routed.js';

const node = (name: string): Node => ({
  metadata: { name },
  spec: { unschedulable: name === 'b' },
  status: {
    addresses: ['fd00::1', name === 'c' ? 'none' : '10.0.0.1'].map((address) => ({ type: 'InternalIP', address })),
  },
});
const group = (family: 4 | 6): RoutedGroup => ({
  name: 'wan-0',
  family,
  addresses: [family === 4 ? '192.0.2.1' : '2001:db8::1'],
  members: ['a', 'b', 'c'],
  onlyOn: new Map(),
});
const specFor = (family: 4 | 6, vrrp: { drainConnections?: string } = {}) =>
  routedSpecOf(group(family), { metadata: { name: 'wan' }, spec: { address: '192.0.2.0/24', vrrp } }, node);

describe('the VipGroup of addresses that routers are told of', () => {
  it('says where its members are reached by their Nodes, in its family, and why one is to be left', () => {
    const priority = 100;
    assert.deepEqual(specFor(4).members, [
      { node: 'a', address: '10.0.0.1', priority },
      { node: 'b', address: '10.0.0.1', priority, lastResort: 'Cordoned' },
      { node: 'c', priority },
    ]);
    assert.deepEqual(
      specFor(6).members.map(({ address }) => address),
      ['fd00::1', 'fd00::1', 'fd00::1'],
    );
  });

  it('says for how long connections are kept where its Eip does, and passes the checks of agents', () => {
    assert.equal(specFor(4).drainConnections, undefined);
    const spec = specFor(4, { drainConnections: '1m' });
    assert.equal(spec.drainConnections, '1m');
    assert.ok(validateVipGroup({ metadata: { name: 'wan-0' }, spec }).ok);
  });
});
