import assert from 'node:assert/strict';
import { groupLabels } from '../../../../src/api/group-labels.js';
import type { VipGroup, VipGroupSpec } from '../../../../src/api/vip-group.js';
import type { Reservation } from '../../../../src/controller/context/reservation-record.js';
import { changesOf, patchFor, reservationsFor } from '../../../../src/controller/groups/changes.js';

const members = [{ node: 'n1', priority: 254 }];
const spec = (...addresses: string[]): VipGroupSpec => ({
  eip: 'lan',
  protocol: 'vip',
  addresses,
  addressCount: addresses.length,
  members,
});
const group = (name: string, ...addresses: string[]): VipGroup => ({
  metadata: { name, uid: `uid-${name}`, generation: 3, labels: groupLabels(name, members) },
  spec: spec(...addresses),
});
const reservation = (key: string, ...addresses: string[]): Reservation => ({
  key,
  uid: `uid-${key}`,
  resourceVersion: '3',
  addresses,
});

/** `name: addresses` of each change; `+` before the name of a group that is to be made. */
function changes(
  wanted: Readonly<Record<string, VipGroupSpec>>,
  o: { groups?: readonly VipGroup[]; open?: readonly Reservation[]; damaged?: string } = {},
): readonly string[] {
  const { groups = [], open = [], damaged } = o;
  const found = changesOf(new Map(Object.entries(wanted)), {
    groups: { get: (name) => groups.find(({ metadata }) => metadata.name === name), list: () => groups },
    open,
    isDamaged: ({ metadata }) => metadata.name === damaged,
  });
  return found.map((each) => {
    assert.equal(each.spec.addressCount, each.spec.addresses.length);
    return `${each.present === undefined ? '+' : ''}${each.name}: ${each.spec.addresses.join(' ')}`;
  });
}

describe('what is written next of the groups of an Eip', () => {
  it('is nothing where they are as they are to be', () => {
    assert.deepEqual(changes({ a: spec('192.0.2.1') }, { groups: [group('a', '192.0.2.1')] }), []);
  });

  it('is a new group without addresses, which join it once it is there', () => {
    assert.deepEqual(changes({ a: spec('192.0.2.1') }), ['+a: ']);
    assert.deepEqual(changes({ a: spec('192.0.2.1') }, { groups: [group('a')] }), ['a: 192.0.2.1']);
  });

  it('is that an address leaves its group, and only then that it joins another', () => {
    const wanted = { a: spec(), b: spec('192.0.2.1') };
    assert.deepEqual(changes(wanted, { groups: [group('a', '192.0.2.1'), group('b')] }), ['a: ']);
    assert.deepEqual(changes(wanted, { groups: [group('a'), group('b')] }), ['b: 192.0.2.1']);
  });

  it('leaves out an address that another group may yet get by a write of unknown fate', () => {
    const o = { groups: [group('a'), group('b')], open: [reservation('a', '192.0.2.1')] };
    assert.deepEqual(changes({ b: spec('192.0.2.1', '192.0.2.2') }, o), ['b: 192.0.2.2']);
  });

  it('makes happen what a write of unknown fate may yet do to the group itself', () => {
    const o = { groups: [group('a', '192.0.2.1')], open: [reservation('a', '192.0.2.2')] };
    assert.deepEqual(changes({ a: spec('192.0.2.1') }, o), ['a: 192.0.2.1 192.0.2.2']);
  });

  it('is a group that somebody spoilt, or whose labels do not name its members', () => {
    const wanted = { a: spec('192.0.2.1') };
    assert.deepEqual(changes(wanted, { groups: [group('a', '192.0.2.1')], damaged: 'a' }), ['a: 192.0.2.1']);
    const bare = { ...group('a', '192.0.2.1'), metadata: { name: 'a' } };
    assert.deepEqual(changes(wanted, { groups: [bare] }), ['a: 192.0.2.1']);
  });
});

describe('before groups are written', () => {
  it('the addresses that join them go into the record, with the generation that was decided on', () => {
    const all = [
      { name: 'a', present: group('a', '192.0.2.1'), spec: spec('192.0.2.1', '192.0.2.2') },
      { name: 'b', present: group('b', '192.0.2.3'), spec: spec() },
      { name: 'c', present: undefined, spec: spec() },
    ];
    assert.deepEqual(reservationsFor(all), [reservation('a', '192.0.2.2')]);
  });
});

describe('the patch of a group', () => {
  it('is refused where the spec is another by now, and says labels only where those are wrong', () => {
    const wanted = spec('192.0.2.1');
    const write = [
      { op: 'test', path: '/metadata/generation', value: 3 },
      { op: 'add', path: '/spec', value: wanted },
    ];
    assert.deepEqual(patchFor(group('a'), wanted), write);
    const bare = { ...group('a'), metadata: { name: 'a', generation: 3, labels: { team: 'x' } } };
    const labels = { team: 'x', ...groupLabels('a', members) };
    assert.deepEqual(patchFor(bare, wanted), [...write, { op: 'add', path: '/metadata/labels', value: labels }]);
  });
});
