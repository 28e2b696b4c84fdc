import assert from 'node:assert/strict';
import {
  claim,
  forget,
  newIdAllocation,
  type Present,
  release,
  restingIds,
  takenAround,
} from '../../../../src/controller/groups/id-allocation.js';
import { parsePool } from '../../../../src/core/ip/range.js';
import type { Group } from '../../../../src/core/placement/group.js';
import type { Claim } from '../../../../src/core/placement/shares.js';

const range = { first: 1, last: 255, reserved: new Set<number>() };
const nobody = () => ({ 4: new Set<number>(), 6: new Set<number>() });

describe('the allocation of virtual router IDs', () => {
  it('has the IDs that were decided for an Eip before anything of it is written', () => {
    const allocation = newIdAllocation();
    allocation.decided.set('a', [{ lan: undefined, groups: [group('a-0', 7)] }]);
    assert.deepEqual([...takenAround(allocation, whole('b'), [])[4]], [[7, 'a-0']]);
    assert.deepEqual([...takenAround(allocation, whole('a'), [])[4]], []);
  });

  it('leaves out the IDs of another one, and has those of groups made by hand and of unknown families', () => {
    const allocation = newIdAllocation();
    const [one, two] = [subnets('10.1.0.0/16'), subnets('10.2.0.0/16')];
    note(allocation, 'a', one, 1);
    allocation.decided.set('a', [{ lan: one, groups: [group('a-0', 7)] }]);
    const there: Present[] = [present('c-0', 8, { eip: 'c', lan: two }), present('hand', 9, { family: undefined })];
    const ids = (lan: ReturnType<typeof subnets>) => [...takenAround(allocation, whole('b', lan), there)[4].keys()];
    assert.deepEqual(ids(one), [7, 9]);
    assert.deepEqual(ids(two), [8, 9]);
    assert.deepEqual([...takenAround(allocation, whole('b', two), there)[6].keys()], [9]);
  });

  it('tells whose share becomes another, and is quiet when it is asked again', () => {
    const allocation = newIdAllocation();
    const small = { ...range, last: 10 };
    const noteIn = (eip: string, wanted: number) => {
      const around = { range: small, present: [], foreign: nobody };
      const { shares, others } = claim(allocation, eip, [entry(eip, undefined, wanted)], around);
      return { share: shares.get(eip), others };
    };
    assert.deepEqual(noteIn('a', 16), { share: { 4: 9, 6: 0 }, others: [] });
    assert.deepEqual(noteIn('b', 16), { share: { 4: 4, 6: 0 }, others: ['a'] });
    assert.deepEqual(noteIn('b', 16).others, ['a'], 'until it has been looked at');
    assert.deepEqual(noteIn('a', 16), { share: { 4: 5, 6: 0 }, others: [] });
    forget(allocation, 'b');
    assert.deepEqual(noteIn('a', 16), { share: { 4: 9, 6: 0 }, others: [] });
  });

  it('counts what Eips have that were not looked at yet, and IDs that nobody can have', () => {
    const allocation = newIdAllocation();
    const small = { ...range, last: 10 };
    const there = [...[1, 2, 3].map((id) => present(`z-${id}`, id, { eip: 'z', serves: true })), present('hand', 10)];
    const foreign = () => ({ 4: new Set([9, 99]), 6: new Set<number>() });
    const around = { range: small, present: there, foreign };
    const { shares } = claim(allocation, 'a', [entry('a', undefined, 16)], around);
    assert.equal(shares.get('a')?.[4], 5, 'eight IDs, three of z, one tenth kept');
  });

  it('takes no ID from a group for one that it has and no other group would be given', () => {
    const allocation = newIdAllocation();
    const small = { first: 1, last: 2, reserved: new Set<number>() };
    const foreign = () => ({ 4: new Set([2]), 6: new Set<number>() });
    const there = [
      present('hand', 1),
      present('a-0', 2, { eip: 'a', serves: true }),
      present('b-0', 200, { eip: 'b', serves: true }),
    ];
    for (const eip of ['a', 'b']) {
      const around = { range: small, present: there, foreign };
      assert.equal(claim(allocation, eip, [entry(eip, undefined, 1)], around).shares.get(eip)?.[4], 1);
    }
  });

  it('lets an ID rest for ten seconds', () => {
    const allocation = newIdAllocation();
    release(allocation, 4, 7, 'a-0', 1_000);
    assert.deepEqual([...restingIds(allocation, 10_999)[4]], [[7, 'a-0']]);
    assert.deepEqual([...restingIds(allocation, 11_000)[4]], []);
    release(allocation, 6, 8, 'b-0', 20_000);
    assert.equal(allocation.freed.size, 1, 'it does not grow');
  });
});

function group(name: string, virtualRouterId: number): Group {
  return { name, family: 4, addresses: [], virtualRouterId, members: [] };
}

function present(name: string, virtualRouterId: number, o: Partial<Present> = {}): Present {
  return { name, virtualRouterId, family: 4, eip: undefined, lan: undefined, serves: false, ...o };
}

/** An Eip that is one part, and has no groups yet. */
function whole(eip: string, lan?: ReturnType<typeof subnets>) {
  return { eip, lan, existing: new Set<string>(), parts: [] };
}

function entry(claimant: string, lan: ReturnType<typeof subnets> | undefined, wanted: number) {
  const of = (count: number): Claim => ({ claimant, existing: 0, serving: 0, needed: 0, local: 0, wanted: count });
  return { lan, claims: { 4: of(wanted), 6: of(0) } };
}

function note(
  allocation: ReturnType<typeof newIdAllocation>,
  eip: string,
  lan: ReturnType<typeof subnets>,
  wanted: number,
): void {
  claim(allocation, eip, [entry(eip, lan, wanted)], { range, present: [], foreign: nobody });
}

function subnets(text: string) {
  const parsed = parsePool(text);
  assert.ok(parsed.ok);
  return parsed.ranges;
}
