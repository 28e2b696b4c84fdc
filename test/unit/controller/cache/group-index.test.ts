import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { type GroupIndex, indexGroup } from '../../../../src/controller/cache/group-index.js';

const group = (...addresses: string[]): VipGroup => ({
  metadata: { name: '' },
  spec: { protocol: 'vip', addresses, members: [] },
});

describe('the group that has an address', () => {
  it('is the one that got it last, also where the news that the other lost it comes later', () => {
    const index: GroupIndex = new Map();
    const [one, both] = [group('192.0.2.1'), group('192.0.2.1', '192.0.2.2')];
    indexGroup(index, 'a', both, undefined);
    indexGroup(index, 'b', one, undefined);
    indexGroup(index, 'a', group('192.0.2.2'), both);
    assert.deepEqual([...index].sort(), [
      ['192.0.2.1', 'b'],
      ['192.0.2.2', 'a'],
    ]);
  });

  it('is none once that is gone', () => {
    const index: GroupIndex = new Map();
    indexGroup(index, 'a', group('192.0.2.1'), undefined);
    indexGroup(index, 'a', undefined, group('192.0.2.1'));
    assert.equal(index.size, 0);
  });
});
