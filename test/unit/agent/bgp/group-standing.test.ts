import assert from 'node:assert/strict';
import { standingOf } from '../../../../src/agent/bgp/group-standing.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { group, node } from './given.js';

const member = (name: string, lastResort?: string) => ({
  node: name,
  priority: 100,
  ...(lastResort && { lastResort }),
});
const withMembers = (...members: ReturnType<typeof member>[]) => group('g', { members, addresses: ['198.51.100.1'] });
const both = withMembers(member('n1'), member('n2'));
const at = (now: number) => ({ now, drainWait: 10 });
const announcing = standingOf(undefined, both, node, at(0));
const cordoned = { ...node, leaving: 'Cordoned' as const };

describe('what a node does about a group', () => {
  it('is to announce it as a member', () => assert.deepEqual(announcing, { group: both, goingUntil: undefined }));

  it('is nothing when it is no member, or the group is elected', () => {
    assert.equal(standingOf(undefined, withMembers(member('n2')), node, at(0)), undefined);
    const elected = { ...both, spec: { ...both.spec, protocol: 'vip' } } as VipGroup;
    assert.equal(standingOf(undefined, elected, node, at(0)), undefined);
  });

  const orderly: readonly (readonly [string, VipGroup | undefined, typeof node])[] = [
    ['it is cordoned', both, cordoned],
    ['it is a last resort by now', withMembers(member('n1', 'Cordoned'), member('n2')), node],
    ['it is excluded, and no member any more', withMembers(member('n2')), { ...node, leaving: 'Excluded' }],
    ['the group is gone', undefined, node],
  ];
  for (const [what, now, on] of orderly) {
    it(`ends in good order when ${what}: marked first, withdrawn after the wait`, () => {
      const going = standingOf(announcing, now, on, at(5));
      assert.deepEqual(going, { group: both, goingUntil: 15 });
      assert.deepEqual(standingOf(going, now, on, at(14)), going);
      assert.equal(standingOf(going, now, on, at(15)), undefined);
    });
    it(`does not begin when ${what}`, () => assert.equal(standingOf(undefined, now, on, at(5)), undefined));
  }

  it('ends at once when it is no member of a group that goes on: there may be no endpoint any more', () => {
    assert.equal(standingOf(announcing, withMembers(member('n2')), node, at(5)), undefined);
  });

  it('ends at once where no wait is wanted', () => {
    assert.equal(standingOf(announcing, both, cordoned, { now: 5, drainWait: 0 }), undefined);
  });

  it('goes on when nobody else could: all members are of last resort', () => {
    const alone = withMembers(member('n1', 'Cordoned'), member('n2', 'NotReady'));
    assert.deepEqual(standingOf(announcing, alone, cordoned, at(5)), { group: alone, goingUntil: undefined });
  });

  it('is taken back when the node is in service again meanwhile', () => {
    const going = standingOf(announcing, both, cordoned, at(5));
    assert.deepEqual(standingOf(going, both, node, at(8)), { group: both, goingUntil: undefined });
  });
});
