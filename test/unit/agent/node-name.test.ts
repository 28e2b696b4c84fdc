import assert from 'node:assert/strict';
import { namesWithout, unnamedText } from '../../../src/agent/node-name.js';
import type { VipGroup } from '../../../src/api/vip-group.js';

const group = (name: string, ...nodes: string[]): VipGroup => ({
  metadata: { name },
  spec: { protocol: 'vip', addresses: [], members: nodes.map((node) => ({ node, priority: 1 })) },
});

describe('a node name that no group has', () => {
  it('is known by the names that the groups have', () => {
    assert.deepEqual(namesWithout('c', [group('x', 'b', 'a'), group('y', 'a')]), ['a', 'b']);
  });

  it('is no matter when one group has it, or there is no group or member at all', () => {
    assert.equal(namesWithout('b', [group('x', 'a'), group('y', 'b')]), undefined);
    assert.equal(namesWithout('b', []), undefined);
    assert.equal(namesWithout('b', [group('x')]), undefined);
  });

  it('is told with the name, the others, and, where somebody wrote them, the remedy', () => {
    assert.equal(unnamedText('c', ['a', 'b'], false), 'no group names node c: the groups name a, b');
    assert.equal(
      unnamedText('c', ['a', 'b'], true),
      'no group names node c: the groups name a, b. Start the agent with --node-name (or NODE_NAME) as one of these, ' +
        'or add "node: c" to spec.members of a manifest',
    );
    const many = Array.from({ length: 20 }, (_, i) => `n${i}`);
    assert.match(unnamedText('c', many, false), /n11 and 8 more$/);
  });
});
