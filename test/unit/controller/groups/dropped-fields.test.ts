import assert from 'node:assert/strict';
import { droppedFields } from '../../../../src/controller/groups/dropped-fields.js';

const spec = {
  eip: 'lan',
  vrrp: { virtualRouterId: 1, drainConnections: '5m' },
  members: [
    { node: 'a', priority: 254 },
    { node: 'b', priority: 234, lastResort: true },
    { node: 'c', priority: 214, lastResort: true },
  ],
};

describe('the fields that a server drops', () => {
  it('are none of what it keeps, whatever it adds', () => {
    assert.deepEqual(droppedFields(spec, { ...structuredClone(spec), more: 1 }), []);
  });

  it('are named by their paths, entries of lists as one', () => {
    const kept = {
      eip: 'lan',
      vrrp: { virtualRouterId: 1 },
      members: spec.members.map(({ node }) => ({ node, priority: 1 })),
    };
    assert.deepEqual(droppedFields(spec, kept), ['members[].lastResort', 'vrrp.drainConnections']);
  });

  it('are those at the top of what is dropped', () => {
    assert.deepEqual(droppedFields(spec, { eip: 'lan', members: spec.members }), ['vrrp']);
  });

  it('are none that were not sent', () => {
    assert.deepEqual(droppedFields({ eip: 'lan', vrrp: undefined }, { eip: 'lan' }), []);
  });
});
