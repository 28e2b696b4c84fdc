import assert from 'node:assert/strict';
import {
  endKeeping,
  isDeleted,
  isNoConcern,
  isThere,
  type KeptGroups,
  type LeaseSeen,
  longestKeptMs,
  madeAnewMs,
  newKeptGroups,
} from '../../../../src/agent/sources/kept-groups.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';

describe('a group that somebody deletes', () => {
  let state: KeptGroups;
  const group = (name: string, addresses: readonly string[], eip: string | undefined = 'pool') =>
    ({
      metadata: { name },
      spec: { ...(eip === '' ? {} : { eip }), protocol: 'vip', addresses, members: [{ node: 'a', priority: 254 }] },
    }) as VipGroup;
  const lease = (resourceVersion: string, holderIdentity = 'one') => ({
    metadata: { name: 'openelb-controller', resourceVersion },
    spec: { holderIdentity },
  });
  /** The names of those that ended. */
  const end = (seen: LeaseSeen, now: number) =>
    endKeeping(state, { lease: seen, askedAt: now, now }).map(({ name }) => name);
  const addresses = (name: string) => state.groups.get(name)?.spec.addresses;
  const one = '192.0.2.1';
  const two = '192.0.2.2';

  beforeEach(() => {
    state = newKeptGroups();
    isThere(state, 'x', group('x', [one, two]), 0);
  });

  it('goes on while it had addresses', () => {
    assert.equal(isDeleted(state, 'x', 0), false);
    assert.deepEqual(addresses('x'), [one, two]);
    assert.deepEqual([...state.kept.keys()], ['x']);
  });

  it('ends at once where a controller had taken its addresses away', () => {
    isThere(state, 'x', group('x', []), 0);
    assert.equal(isDeleted(state, 'x', 0), true);
    assert.equal(state.groups.has('x'), false);
  });

  it('ends at once where it was made by hand, which nobody makes anew', () => {
    isThere(state, 'y', group('y', [one], ''), 0);
    assert.equal(isDeleted(state, 'y', 0), true);
    assert.equal(state.groups.has('y'), false);
  });

  it('ends at once where this node has no part in it any more', () => {
    isDeleted(state, 'x', 0);
    assert.equal(isNoConcern(state, 'x'), true);
    assert.deepEqual([state.groups.size, state.kept.size], [0, 0]);
  });

  it('goes on while the one that was made anew is empty, and is what that says from its first address on', () => {
    isDeleted(state, 'x', 0);
    assert.equal(isThere(state, 'x', group('x', []), 10), false);
    assert.deepEqual(addresses('x'), [one, two]);
    assert.equal(isThere(state, 'x', group('x', [two]), 20), true);
    assert.deepEqual(addresses('x'), [two]);
    assert.equal(state.kept.size, 0);
  });

  it('is the same where it is made anew as it was', () => {
    isDeleted(state, 'x', 0);
    const before = state.groups.get('x');
    assert.equal(isThere(state, 'x', group('x', [one, two]), 20), false);
    assert.equal(state.groups.get('x'), before);
    assert.equal(state.kept.size, 0);
  });

  it('leaves to other groups the addresses that they have, and goes with its last', () => {
    isDeleted(state, 'x', 0);
    assert.equal(isThere(state, 'y', group('y', [one]), 10), true);
    assert.deepEqual(addresses('x'), [two]);
    isThere(state, 'x', group('x', []), 11);
    isThere(state, 'y', group('y', [one, two]), 20);
    assert.deepEqual(addresses('x'), [], 'it is the one that was made anew');
    assert.equal(state.kept.size, 0);
  });

  it('has no address that a group which is there has, in whatever order that is told', () => {
    isThere(state, 'y', group('y', [one]), 0);
    isDeleted(state, 'x', 10);
    assert.deepEqual(addresses('x'), [two]);
    isThere(state, 'z', group('z', [two]), 20);
    assert.equal(state.groups.has('x'), false);
    isThere(state, 'x', group('x', [one, two]), 30);
    isThere(state, 'z', group('z', [one, two]), 40);
    isDeleted(state, 'x', 50);
    assert.equal(state.groups.has('x'), false);
  });

  it('takes no Lease that was asked for before it was deleted for word of a controller that lives', () => {
    isDeleted(state, 'x', 1_000);
    endKeeping(state, { lease: lease('5'), askedAt: 999, now: 1_001 });
    assert.equal(state.kept.get('x')?.leaseVersion, undefined);
  });

  it('goes on while no controller lives, for as long as one may take to be replaced', () => {
    isDeleted(state, 'x', 0);
    for (const [at, seen] of ([lease('5'), lease('5'), 'absent', 'unknown'] as const).entries())
      assert.deepEqual(end(seen, at * 30_000), []);
    assert.deepEqual(end(lease('5'), longestKeptMs - 1), []);
    assert.deepEqual(end(lease('5'), longestKeptMs), ['x']);
    assert.equal(state.groups.has('x'), false);
  });

  it('ends once a controller that lives had time to make it anew', () => {
    isDeleted(state, 'x', 0);
    end(lease('5'), 1_000);
    assert.deepEqual(end(lease('6'), 60_000), []);
    assert.deepEqual(end(lease('7'), 60_000 + madeAnewMs - 1), []);
    assert.deepEqual(end(lease('8'), 60_000 + madeAnewMs), ['x']);
  });

  it('takes a Lease that is there for the first time for a controller that lives, one that was given back for none', () => {
    isDeleted(state, 'x', 0);
    end('absent', 0);
    end(lease('5', ''), 0);
    assert.deepEqual(end(lease('6', ''), madeAnewMs), []);
    end(lease('7'), madeAnewMs);
    assert.deepEqual(end(lease('7'), 2 * madeAnewMs), ['x']);
  });

  it('ends as the empty one that was made anew, where that stays so', () => {
    isDeleted(state, 'x', 0);
    isThere(state, 'x', group('x', []), 1_000);
    assert.deepEqual(end('unknown', 1_000 + madeAnewMs), ['x']);
    assert.deepEqual(addresses('x'), []);
  });

  it('is kept from the first time on that it was deleted, however often it is made anew and deleted', () => {
    isDeleted(state, 'x', 0);
    isThere(state, 'x', group('x', []), 1_000);
    isDeleted(state, 'x', 2_000);
    assert.deepEqual(addresses('x'), [one, two]);
    assert.deepEqual(end('unknown', 1_000 + madeAnewMs), ['x']);
    assert.equal(state.groups.has('x'), false);
  });
});
