import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { newTrouble } from '../../../../src/controller/events/group-conditions.js';

const groupWith = (...messages: readonly string[]): VipGroup => ({
  metadata: { name: 'pool-0' },
  spec: { eip: 'pool', protocol: 'layer2', interface: 'eth0', addresses: [], members: [] },
  status: {
    conditions: messages.map((message) => ({
      type: 'KernelAnswers',
      status: 'True' as const,
      reason: 'StrictArpOff',
      message,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  },
});
const told = (group: VipGroup, previous?: VipGroup) => newTrouble(group, previous).map(({ message }) => message);

describe('what is told of the conditions of a group', () => {
  it('is each that is new, or says something new', () => {
    assert.deepEqual(told(groupWith('on n1')), ['on n1']);
    assert.deepEqual(told(groupWith('on n2'), groupWith('on n1')), ['on n2']);
  });

  it('is nothing that was told, and no end', () => {
    assert.deepEqual(told(groupWith('on n1'), groupWith('on n1')), []);
    assert.deepEqual(told(groupWith(), groupWith('on n1')), []);
  });
});
