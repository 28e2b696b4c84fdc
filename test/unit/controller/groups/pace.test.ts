import assert from 'node:assert/strict';
import type { VipGroupSpec } from '../../../../src/api/vip-group.js';
import { pauseAfter } from '../../../../src/controller/groups/pace.js';

const spec = (protocol: 'vip' | 'bgp', addresses: number, members: number): VipGroupSpec => ({
  protocol,
  addresses: Array.from({ length: addresses }, (_, at) => `10.0.${at >> 8}.${at & 255}`),
  members: Array.from({ length: members }, (_, at) => ({ node: `n${at}`, priority: 100 })),
});

describe('the groups of an Eip are written again', () => {
  it('after a tenth of a second, or ten times as long as deciding takes', () => {
    assert.equal(pauseAfter([spec('vip', 10, 3)], 1), 100);
    assert.equal(pauseAfter([spec('vip', 10, 3)], 50), 500);
  });

  it('after 20 ms with BGP, where that costs the API server little', () => {
    assert.equal(pauseAfter([spec('bgp', 1_000, 3)], 1), 20);
    assert.equal(pauseAfter([spec('bgp', 1_000, 3)], 20), 80);
  });

  it('the later, the more nodes read how much', () => {
    assert.equal(pauseAfter([spec('bgp', 1_000, 500)], 1), 600);
    assert.equal(pauseAfter([spec('bgp', 32, 500)], 1), 20);
  });
});
