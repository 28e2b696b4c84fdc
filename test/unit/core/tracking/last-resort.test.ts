import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Candidate, rankMembers } from '../../../../src/core/tracking/last-resort.js';

const member = (node: string, priority: number, lastResort?: string): Candidate => ({
  node,
  priority,
  ...(lastResort === undefined ? {} : { lastResort }),
});
const ranks = (...members: readonly Candidate[]) => {
  const { priorities, ...rest } = rankMembers(members);
  return { priorities: Object.fromEntries(priorities), ...rest };
};

describe('members of last resort', () => {
  it('rank below all others, which keep their priorities', () =>
    assert.deepEqual(ranks(member('a', 254, 'Cordoned'), member('b', 234), member('c', 214)), {
      priorities: { a: 3, b: 234, c: 214 },
      lastResorts: 3,
      forsaken: false,
    }));

  it('keep their order among each other', () =>
    assert.deepEqual(ranks(member('a', 254, 'Cordoned'), member('b', 234), member('c', 214, 'NotReady')).priorities, {
      a: 3,
      b: 234,
      c: 1,
    }));

  it('rank as ever when there are no others', () =>
    assert.deepEqual(ranks(member('a', 254, 'Cordoned'), member('b', 234, 'NotReady')), {
      priorities: { a: 254, b: 234 },
      lastResorts: 0,
      forsaken: true,
    }));

  it('are none in an ordinary group', () =>
    assert.deepEqual(ranks(member('a', 254), member('b', 1)), {
      priorities: { a: 254, b: 1 },
      lastResorts: 0,
      forsaken: false,
    }));

  it('push ordinary members up that would be among them', () =>
    assert.deepEqual(ranks(member('a', 3), member('b', 2, 'Cordoned'), member('c', 1)).priorities, {
      a: 5,
      b: 2,
      c: 4,
    }));

  it('never share a priority with another, nor stand above an ordinary one, whatever group it is', () => {
    const groups = fc.uniqueArray(fc.record({ priority: fc.integer({ min: 1, max: 254 }), resort: fc.boolean() }), {
      minLength: 1,
      maxLength: 121,
      selector: ({ priority }) => priority,
    });
    fc.assert(
      fc.property(groups, (drawn) => {
        const members = drawn.map(({ priority, resort }) =>
          member(`n${priority}`, priority, resort ? 'Cordoned' : undefined),
        );
        const { priorities, lastResorts } = rankMembers(members);
        assert.equal(new Set(priorities.values()).size, members.length);
        for (const priority of priorities.values()) assert.ok(priority >= 1 && priority <= 254);
        if (lastResorts === 0) return;
        for (const { node, lastResort } of members) {
          assert.equal(priorities.get(node)! <= lastResorts, lastResort !== undefined);
        }
        for (const kind of [true, false]) {
          const order = members.filter(({ lastResort }) => (lastResort === undefined) === kind);
          const by = (of: (each: Candidate) => number) => [...order].sort((a, b) => of(a) - of(b));
          assert.deepEqual(
            by(({ node }) => priorities.get(node)!),
            by(({ priority }) => priority),
          );
        }
      }),
    );
  });

  it('have the same priority whichever others are of last resort: members hear of it at different times', () => {
    const one = rankMembers([member('a', 254, 'Cordoned'), member('b', 234), member('c', 214)]);
    const two = rankMembers([member('a', 254, 'Cordoned'), member('b', 234, 'Cordoned'), member('c', 214)]);
    assert.equal(one.priorities.get('a'), two.priorities.get('a'));
  });
});
