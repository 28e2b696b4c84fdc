import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { formatRange } from '../../../../src/core/ip/range.js';

describe('the pools of the Eips', () => {
  it('carry what OpenELB means by its fields', () => {
    const [pool] = poolsOf([
      eip('lan', '192.0.2.0/28', {
        spec: {
          protocol: 'vip',
          interface: 'eth0',
          disable: true,
          priority: 3,
          namespaces: ['a'],
          avoidBuggyIPs: true,
        },
        annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' },
      }),
    ]);
    assert.deepEqual(
      { ...pool, eip: undefined, ranges: pool?.ranges.map(formatRange) },
      {
        eip: undefined,
        name: 'lan',
        ranges: ['192.0.2.0/28'],
        disabled: true,
        priority: 3,
        isDefault: true,
        namespaces: ['a'],
        avoidBuggyIPs: true,
      },
    );
  });

  it('are faulty with the reason that the condition shows', () => {
    for (const [address, spec, reason] of [
      ['192.0.2.9-192.0.2.1', {}, 'InvalidAddress'],
      ['192.0.2.1', { protocol: 'vip', interface: 'a/b' }, 'InvalidInterface'],
      ['192.0.2.1', { protocol: 'ospf' }, 'InvalidProtocol'],
      ['192.0.2.1', { vrrp: { advertisementInterval: '1us' } }, 'InvalidSpec'],
    ] as const) {
      const [pool] = poolsOf([eip('lan', address, { spec: spec as object })]);
      assert.equal(pool?.faultReason, reason);
      assert.match(pool?.fault ?? '', /^spec\./);
    }
  });

  it('that overlap belong to the older Eip, whatever the order', () => {
    const young = eip('a', '192.0.2.4-192.0.2.9', { created: '2024-02-01T00:00:00Z' });
    const old = eip('b', '192.0.2.0/29', { created: '2024-01-01T00:00:00Z' });
    for (const order of [
      [young, old],
      [old, young],
    ]) {
      const pools = poolsOf(order);
      assert.deepEqual(
        pools.map(({ name, faultReason }) => [name, faultReason]),
        [
          ['b', undefined],
          ['a', 'Overlap'],
        ],
      );
      assert.deepEqual(pools[1]?.ranges.map(formatRange), ['192.0.2.8/31']);
      assert.match(pools[1]?.fault ?? '', /192\.0\.2\.4\/30 belongs to Eip b already/);
    }
  });

  it('do not come from an Eip that is being deleted', () => {
    const dying = eip('a', '192.0.2.1');
    assert.deepEqual(
      poolsOf([{ ...dying, metadata: { ...dying.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' } }]),
      [],
    );
  });
});

function eip(
  name: string,
  address: string,
  o: { spec?: object; annotations?: Record<string, string>; created?: string } = {},
): Eip {
  return {
    metadata: { name, creationTimestamp: o.created ?? '2024-01-01T00:00:00Z', annotations: o.annotations ?? {} },
    spec: { address, ...o.spec },
  };
}
