import assert from 'node:assert/strict';
import { standingOf } from '../../../../src/agent/bgp/group-standing.js';
import type { NodeView } from '../../../../src/agent/sources/node-view.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { group, node } from './given.js';

const member = (name: string, lastResort?: string) => ({
  node: name,
  priority: 100,
  ...(lastResort && { lastResort }),
});
const withMembers = (...members: ReturnType<typeof member>[]) =>
  group('g', { members, addresses: ['198.51.100.1'], drainConnections: '0s' });
const both = withMembers(member('n1'), member('n2'));
const at = (now: number) => ({ now, drainWait: 10 });
const announcing = standingOf(undefined, both, node, at(0));
const cordoned = { ...node, leaving: 'Cordoned' as const };

const one = '198.51.100.1';
const stands = (standing: ReturnType<typeof standingOf>) =>
  standing && [standing.announced, [...standing.going].map(([address, { until }]) => [address, until])];

describe('what a node announces of a group', () => {
  it('are its addresses, as a member', () => assert.deepEqual(stands(announcing), [[one], []]));

  it('is nothing when it is no member, or the group is elected', () => {
    assert.equal(standingOf(undefined, withMembers(member('n2')), node, at(0)), undefined);
    const elected = { ...both, spec: { ...both.spec, protocol: 'vip' } } as VipGroup;
    assert.equal(standingOf(undefined, elected, node, at(0)), undefined);
  });

  const orderly: readonly (readonly [string, VipGroup | undefined, NodeView])[] = [
    ['it is cordoned', both, cordoned],
    ['it is a last resort by now', withMembers(member('n1', 'Cordoned'), member('n2')), node],
    ['it is excluded, and no member any more', withMembers(member('n2')), { ...node, leaving: 'Excluded' }],
    ['it is no member any more', withMembers(member('n2')), node],
    ['the group is gone', undefined, node],
  ];
  for (const [what, now, on] of orderly) {
    it(`ends in good order when ${what}: marked first, withdrawn after the wait`, () => {
      const going = standingOf(announcing, now, on, at(5));
      assert.deepEqual(stands(going), [[], [[one, 15]]]);
      assert.equal(standingOf(going, now, on, at(14)), going);
      assert.equal(standingOf(going, now, on, at(15)), undefined);
    });
    it(`does not begin when ${what}`, () => assert.equal(standingOf(undefined, now, on, at(5)), undefined));
  }

  it('ends at once for an address that this node has no endpoint for any more, and for one that the group has no more', () => {
    const local = group('g', { members: both.spec.members, addresses: [one], onlyOn: { [one]: ['n2'] } });
    assert.equal(standingOf(announcing, local, node, at(5)), undefined);
    assert.equal(standingOf(announcing, group('g', { members: both.spec.members }), node, at(5)), undefined);
  });

  it('ends at once with the last endpoint of a group that this node has no part in any more, unless the node goes', () => {
    const local = group('g', { members: both.spec.members, addresses: [one], onlyOn: { [one]: ['n1', 'n2'] } });
    const before = standingOf(undefined, local, node, at(0));
    assert.equal(standingOf(before, undefined, node, at(5)), undefined);
    const left = standingOf(before, undefined, { ...node, leaving: 'Excluded' }, at(5));
    assert.deepEqual(stands(left), [[], [[one, 1_015]]]);
  });

  it('ends at once for an endpoint that is lost while the node goes', () => {
    const local = group('g', { members: both.spec.members, addresses: [one], onlyOn: { [one]: ['n2'] } });
    const going = standingOf(announcing, both, cordoned, at(5));
    assert.equal(standingOf(going, local, cordoned, at(6)), undefined);
  });

  it('ends at once where no wait is wanted', () => {
    assert.equal(standingOf(announcing, both, cordoned, { now: 5, drainWait: 0 }), undefined);
  });

  it('begins to end a second later where connections are kept, so that the other nodes know before routers do', () => {
    const kept = group('g', { members: both.spec.members, addresses: [one] });
    const before = standingOf(undefined, kept, node, at(0));
    assert.deepEqual([...standingOf(before, kept, cordoned, at(5))!.going], [[one, { from: 1_005, until: 1_015 }]]);
  });

  it('goes on when nobody else could: all members are of last resort', () => {
    const alone = withMembers(member('n1', 'Cordoned'), member('n2', 'NotReady'));
    assert.deepEqual(stands(standingOf(announcing, alone, cordoned, at(5))), [[one], []]);
  });

  it('goes on, though the node is cordoned, where it has the only endpoint', () => {
    const local = group('g', { members: both.spec.members, addresses: [one], onlyOn: { [one]: ['n1'] } });
    assert.deepEqual(stands(standingOf(announcing, local, cordoned, at(5))), [[one], []]);
  });

  it('is taken back when the node is in service again meanwhile', () => {
    const going = standingOf(announcing, both, cordoned, at(5));
    assert.deepEqual(stands(standingOf(going, both, node, at(8))), [[one], []]);
  });
});
