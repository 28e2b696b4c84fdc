import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Conflict,
  type ForeignId,
  formerIdsOf,
  mostMoves,
  rememberedMs,
  restMs,
  settleConflicts,
} from '../../../../src/core/placement/foreign-ids.js';

const t0 = 1_800_000_000_000;
const conflict = (o: Partial<Conflict> = {}): Conflict => ({
  family: 4,
  id: 51,
  group: 'web-0',
  by: '192.0.2.9',
  ...o,
});
const settle = (before: readonly ForeignId[], conflicts: readonly Conflict[], now = t0, o: object = {}) =>
  settleConflicts(before, conflicts, { elsewhere: { 4: 0, 6: 0 }, capacity: 255, now, ...o });

describe('the ID that a stranger uses', () => {
  it('is remembered for a day, and then forgotten', () => {
    const { known } = settle([], [conflict()]);
    assert.deepEqual(known, [{ ...conflict(), at: t0 }]);
    assert.deepEqual(settle(known, [], t0 + rememberedMs - 1).known, known);
    assert.deepEqual(settle(known, [], t0 + rememberedMs).known, []);
  });

  it('is remembered for no more than a day from now, though a note of it comes from a clock that went wrong', () => {
    for (const at of [t0 + 365 * rememberedMs, 8.64e15]) {
      const { known, nextAt } = settle([{ ...conflict(), at }], [conflict({ id: 52 })]);
      assert.deepEqual(known, [{ ...conflict(), at: t0 }]);
      assert.equal(nextAt, t0 + restMs);
      assert.deepEqual(settle(known, [], t0 + rememberedMs).known, []);
    }
  });

  it('is remembered once, whoever reports it again before the group has left', () => {
    const { known } = settle([], [conflict()]);
    assert.deepEqual(settle(known, [conflict({ by: '192.0.2.10' })], t0 + 1).known, known);
  });

  it('is another in the other family', () => {
    const { known } = settle([], [conflict(), conflict({ family: 6, group: 'web-1' })]);
    assert.equal(known.length, 2);
  });
});

describe('a group', () => {
  it('rests between two moves, and is then asked about again', () => {
    const { known } = settle([], [conflict()]);
    const soon = settle(known, [conflict({ id: 52 })], t0 + 1000);
    assert.deepEqual([soon.known, soon.refused, soon.nextAt], [known, [], t0 + restMs]);
    assert.deepEqual(
      settle(known, [conflict({ id: 52 })], t0 + restMs).known.map(({ id }) => id),
      [51, 52],
    );
  });

  it('leaves no more IDs than three a day, and says so', () => {
    let known: readonly ForeignId[] = [];
    for (let move = 0; move < mostMoves; move++) {
      known = settle(known, [conflict({ id: 60 + move })], t0 + move * restMs).known;
    }
    const next = settle(known, [conflict({ id: 70 })], t0 + mostMoves * restMs);
    assert.deepEqual(next.known, known);
    assert.deepEqual(next.refused, [{ ...conflict({ id: 70 }), why: 'moved-too-often' }]);
    assert.equal(settle(known, [conflict({ id: 70 })], t0 + rememberedMs).known.at(-1)!.id, 70, 'another day');
  });

  it('stays when half of the range is in foreign hands', () => {
    const { known, refused } = settle([], [conflict()], t0, { capacity: 10, elsewhere: { 4: 5, 6: 0 } });
    assert.deepEqual([known, refused], [[], [{ ...conflict(), why: 'too-many-foreign' }]]);
    assert.equal(settle([], [conflict()], t0, { capacity: 10, elsewhere: { 4: 4, 6: 9 } }).known.length, 1);
  });

  it('had the IDs that it left, latest first, and not the one it has', () => {
    const known = [51, 52, 53].map((id, at) => ({ ...conflict({ id }), at: t0 + at }));
    const others = [{ ...conflict({ id: 7, group: 'web-1' }), at: t0 }];
    assert.deepEqual(formerIdsOf([...others, ...known], 'web-0', 53), [52, 51]);
  });
});

describe('a host that claims every ID a group has', () => {
  it('moves each group three times a day at most, each time after a rest, and leaves half of the IDs', () => {
    const claims = fc.array(fc.record({ group: fc.nat(20), afterMs: fc.nat(3 * restMs) }), { maxLength: 400 });
    fc.assert(
      fc.property(claims, fc.integer({ min: 4, max: 255 }), (history, capacity) => {
        let known: readonly ForeignId[] = [];
        const ids = new Map<number, number>();
        const moves = new Map<number, number[]>();
        let [now, nextId] = [t0, 1000];
        for (const { group, afterMs } of history) {
          now += afterMs;
          const id = ids.get(group) ?? nextId++;
          ids.set(group, id);
          const reported = [conflict({ group: `g${group}`, id })];
          known = settleConflicts(known, reported, { elsewhere: { 4: 0, 6: 0 }, capacity, now }).known;
          assert.ok(known.length <= capacity / 2);
          if (!known.some((each) => each.id === id)) continue;
          ids.delete(group);
          moves.set(group, [...(moves.get(group) ?? []), now]);
        }
        for (const times of moves.values()) {
          times.forEach((at, index) => {
            assert.ok(index === 0 || at - times[index - 1]! >= restMs);
            assert.ok(index < mostMoves || at - times[index - mostMoves]! >= rememberedMs);
          });
        }
      }),
    );
  });
});
