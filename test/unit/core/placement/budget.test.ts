import assert from 'node:assert/strict';
import { budgetOf } from '../../../../src/core/placement/budget.js';
import { type Draft, newDraft } from '../../../../src/core/placement/draft.js';
import type { Surroundings } from '../../../../src/core/placement/group.js';

const around: Surroundings = {
  virtualRouterIds: { first: 10, last: 12, reserved: new Set() },
  taken: { 4: new Map(), 6: new Map() },
  foreign: { 4: new Set(), 6: new Set() },
  leading: new Map(),
  salt: '',
};

describe('the budget of virtual router IDs of an Eip', () => {
  it('has room for as many groups of a family as there are IDs, from the first to the last', () => {
    const budget = budgetOf(around);
    assert.deepEqual(free(budget, 4), [true, true, true, false]);
    assert.ok(budget.hasFree(6, drafts(4, 3)), 'groups of the other family have IDs of their own');
    assert.ok(budget.mayGrow(4, drafts(4, 200)), 'as soon as an ID is free');
    assert.ok(!budget.exceeded(4, drafts(4, 200)));
  });

  it('leaves out what is reserved, in the hands of others, or of other groups, by family', () => {
    const less = budgetOf({
      ...around,
      virtualRouterIds: { first: 9, last: 12, reserved: new Set([9]) },
      taken: { 4: new Map([[10, 'other-0']]), 6: new Map() },
      foreign: { 4: new Set(), 6: new Set([11, 12]) },
    });
    assert.deepEqual(free(less, 4), [true, true, false, false]);
    assert.deepEqual(free(less, 6), [true, false, false, false]);
  });

  it('is at an end at a share, also one of zero, and is exceeded above it', () => {
    for (const share of [0, 2]) {
      const budget = budgetOf({ ...around, share: { 4: share, 6: 3 } });
      assert.equal(budget.mayGrow(4, drafts(4, share)), false);
      assert.equal(budget.hasFree(4, drafts(4, share)), false);
      assert.equal(budget.exceeded(4, drafts(4, share)), false);
      assert.equal(budget.exceeded(4, drafts(4, share + 1)), true);
      if (share > 0) assert.ok(budget.mayGrow(4, drafts(4, share - 1)) && budget.hasFree(4, drafts(4, share - 1)));
      assert.ok(budget.mayGrow(6, drafts(4, share)), 'of the other family there is more');
    }
  });

  it('without an ID has room for none, although the share would allow it', () => {
    const reserved = new Set([10, 11, 12]);
    const none = budgetOf({ ...around, virtualRouterIds: { first: 10, last: 12, reserved }, share: { 4: 2, 6: 2 } });
    assert.equal(none.hasFree(4, []), false);
    assert.equal(none.mayGrow(4, []), true);
  });

  it('counts no group that keeps an ID from outside of the range, unless that is reserved or foreign', () => {
    for (const [id, counts] of [
      [9, false],
      [10, true],
      [12, true],
      [13, false],
      [20, true],
      [21, true],
    ] as const) {
      const budget = budgetOf({
        ...around,
        virtualRouterIds: { first: 10, last: 12, reserved: new Set([20]) },
        foreign: { 4: new Set([21]), 6: new Set() },
      });
      const kept = newDraft('lan-9', 4, { name: 'lan-9', family: 4, addresses: [], members: [], virtualRouterId: id });
      assert.equal(budget.hasFree(4, [...drafts(4, 2), kept]), !counts, `ID ${id}`);
    }
  });
});

function drafts(family: 4 | 6, count: number): readonly Draft[] {
  return Array.from({ length: count }, (_, at) => newDraft(`lan-${at}`, family));
}

function free(budget: ReturnType<typeof budgetOf>, family: 4 | 6): readonly boolean[] {
  return [0, 1, 2, 3].map((count) => budget.hasFree(family, drafts(family, count)));
}
