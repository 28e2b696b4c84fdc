import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { IpAddress } from '../../../../src/core/ip/address.js';
import { fewestFor, isSelective } from '../../../../src/core/placement/gather.js';
import type { Group } from '../../../../src/core/placement/group.js';
import { plan } from '../../../../src/core/placement/plan.js';
import { alone } from './alone.js';

describe('addresses that come together', () => {
  it('go to as few groups as leave the load even, but for two addresses', () => {
    assert.equal(fewestFor([3, 3, 3, 3], 1, 255), 1);
    assert.equal(fewestFor([3, 3, 3, 3], 2, 255), 1);
    assert.equal(fewestFor([3, 3, 3, 3], 3, 255), 2);
    assert.equal(fewestFor([3, 3, 3, 3], 5, 255), 3);
    assert.equal(fewestFor([0, 3, 3, 3], 5, 255), 1);
  });

  it('go to the fewer the more addresses there are: a quarter of what a group has makes no difference', () => {
    assert.equal(fewestFor([40, 40, 40, 40], 10, 255), 1);
    assert.equal(fewestFor([40, 40, 40, 40], 30, 255), 3);
  });

  it('go to every group where they are very many, and to no more than a group has room for', () => {
    assert.equal(fewestFor([3, 3, 3, 3], 100, 255), 4);
    assert.equal(fewestFor([250, 250, 250, 250], 6, 255), 2);
    assert.equal(fewestFor([], 1, 255), 0);
  });

  it('are spread as evenly as they can be where each node is in every group', () => {
    assert.ok(!isSelective({ nodes: nodes(16) }));
    assert.ok(isSelective({ nodes: nodes(17) }) && isSelective({ nodes: nodes(4), members: 3 }));
    const [before, after] = inTurns(16, [1, 7, 5, 30]);
    for (const [at, groups] of [before, after].entries()) assert.ok(unevenness(groups!) <= 1, `${at}`);
  });

  it('leave the groups of a large cluster even in the end, by a quarter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (counts) => {
        const groups = inTurns(40, counts).at(-1)!;
        const total = counts.reduce((sum, each) => sum + each, 0);
        const allowed = Math.max(2, Math.floor(total / groups.length / 4));
        assert.equal(sum(groups), total);
        assert.ok(unevenness(groups) <= allowed, `${groups.map(({ addresses }) => addresses.length)}`);
      }),
      { numRuns: 40 },
    );
  });

  it('change few groups of a large cluster', () => {
    const rounds = inTurns(
      40,
      Array.from({ length: 100 }, () => 5),
    );
    let changed = 0;
    for (const [at, groups] of rounds.entries()) {
      const before = rounds[at - 1] ?? [];
      changed += groups.filter((group, n) => group.addresses.length !== (before[n]?.addresses.length ?? 0)).length;
    }
    // One by one they would be 500.
    assert.ok(changed <= 220, `${changed}`);
  });
});

/** The groups after each time that so many addresses have come. */
function inTurns(nodeCount: number, counts: readonly number[]): readonly (readonly Group[])[] {
  const [own, room] = [nodes(nodeCount), { 4: 10_000, 6: 0 }];
  let existing = plan({ eip: 'pool', addresses: [], nodes: own, room, existing: [] }, alone).groups;
  let total = 0;
  return counts.map((count) => {
    total += count;
    const addresses = Array.from({ length: total }, (_, at) => {
      const address: IpAddress = { family: 4, value: (10n << 24n) + BigInt(at) };
      return { address };
    });
    existing = plan({ eip: 'pool', addresses, nodes: own, room, existing }, alone).groups;
    return existing;
  });
}

function nodes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${i}`);
}

function sum(groups: readonly Group[]): number {
  return groups.reduce((total, { addresses }) => total + addresses.length, 0);
}

function unevenness(groups: readonly Group[]): number {
  const loads = groups.map(({ addresses }) => addresses.length);
  return Math.max(...loads) - Math.min(...loads);
}
