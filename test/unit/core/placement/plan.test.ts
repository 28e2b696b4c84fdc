import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatIp, type IpAddress } from '../../../../src/core/ip/address.js';
import {
  type Demand,
  type Group,
  membershipsIn,
  type PlacedAddress,
  type Surroundings,
} from '../../../../src/core/placement/group.js';
import { plan } from '../../../../src/core/placement/plan.js';
import { maxMembers, ranked } from '../../../../src/core/placement/priorities.js';
import { alone } from './alone.js';

describe('the groups of an Eip', () => {
  it('are made as addresses need them, up to one per node', () => {
    assert.deepEqual(sizes(plan(demand({ addresses: v4(1), nodes: nodes(3) }), alone)), [1]);
    assert.deepEqual(sizes(plan(demand({ addresses: v4(2), nodes: nodes(3) }), alone)), [1, 1]);
    assert.deepEqual(sizes(plan(demand({ addresses: v4(10), nodes: nodes(3) }), alone)), [4, 3, 3]);
  });

  it('are at most 16 however many nodes there are', () => {
    assert.equal(plan(demand({ addresses: v4(100), nodes: nodes(40) }), alone).groups.length, 16);
  });

  it('are as many as the Eip asks for', () => {
    assert.equal(plan(demand({ addresses: v4(100), nodes: nodes(3), spread: 1 }), alone).groups.length, 1);
    assert.equal(plan(demand({ addresses: v4(100), nodes: nodes(3), spread: 8 }), alone).groups.length, 8);
  });

  it('hold one family each', () => {
    const { groups } = plan(demand({ addresses: [...v4(2), ...v6(2)], nodes: nodes(2) }), alone);
    for (const group of groups) assert.ok(group.addresses.every(({ family }) => family === group.family));
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['pool-0', 'pool-1', 'pool-2', 'pool-3'],
    );
    assert.deepEqual(groups.map(({ family }) => family).sort(), [4, 4, 6, 6]);
  });

  it('hold at most 255 IPv4 or 90 IPv6 addresses', () => {
    assert.deepEqual(sizes(plan(demand({ addresses: v4(600), nodes: nodes(1) }), alone)), [255, 255, 90]);
    assert.deepEqual(sizes(plan(demand({ addresses: v6(100), nodes: nodes(1) }), alone)), [90, 10]);
  });

  it('have virtual router IDs of their own, per family, out of the range and never a reserved one', () => {
    const range = { first: 10, last: 14, reserved: new Set([12]) };
    const { groups, unplaced } = plan(demand({ addresses: [...v4(1200), ...v6(10)], nodes: nodes(1) }), {
      ...alone,
      virtualRouterIds: range,
    });
    const ids = groups.filter(({ family }) => family === 4).map(({ virtualRouterId }) => virtualRouterId);
    assert.deepEqual([...ids].sort(), [10, 11, 13, 14]);
    assert.equal(unplaced.length, 1200 - 4 * 255);
    assert.equal(groups.filter(({ family }) => family === 6).length, 1);
  });

  it('avoid the virtual router IDs of other groups', () => {
    const taken = {
      4: new Map(Array.from({ length: 254 }, (_, i) => [i + 1, `other-${i}`] as const)),
      6: new Map<number, string>(),
    };
    const { groups } = plan(demand({ addresses: v4(3), nodes: nodes(3) }), { ...alone, taken });
    assert.deepEqual(
      groups.map(({ virtualRouterId }) => virtualRouterId),
      [255],
    );
    assert.deepEqual(sizes({ groups }), [3]);
  });

  it('choose different virtual router IDs in different clusters', () => {
    const of = (salt: string) =>
      plan(demand({ addresses: v4(1), nodes: nodes(1) }), { ...alone, salt }).groups[0]?.virtualRouterId;
    assert.ok(new Set(['a', 'b', 'c', 'd', 'e', 'f'].map(of)).size > 3);
  });

  it('avoid the ID that another group had until just now, while there is one that did not rest, and take their own', () => {
    const [first] = plan(demand({ addresses: v4(1), nodes: nodes(1) }), alone).groups;
    const id = first!.virtualRouterId!;
    const resting = (name: string) => ({ 4: new Map([[id, name]]), 6: new Map<number, string>() });
    const idWith = (o: Partial<Surroundings>) =>
      plan(demand({ addresses: v4(1), nodes: nodes(1) }), { ...alone, ...o }).groups[0]?.virtualRouterId;
    assert.notEqual(idWith({ resting: resting('other-0') }), id);
    assert.equal(idWith({ resting: resting('pool-0') }), id);
    const virtualRouterIds = { first: id, last: id, reserved: new Set<number>() };
    assert.equal(idWith({ resting: resting('other-0'), virtualRouterIds }), id);
  });

  it('change a virtual router ID that an earlier group has too, and only then', () => {
    const first = plan(demand({ addresses: v4(1), nodes: nodes(1) }), alone).groups;
    const id = first[0]!.virtualRouterId!;
    const again = demand({ addresses: v4(1), nodes: nodes(1), existing: first });
    const rival = (name: string) => ({ ...alone, taken: { 4: new Map([[id, name]]), 6: new Map<number, string>() } });
    assert.equal(plan(again, rival('zzzzzzzz-1')).groups[0]?.virtualRouterId, id);
    assert.notEqual(plan(again, rival('a-1')).groups[0]?.virtualRouterId, id);
  });

  it('lose addresses that are gone, and go when empty and nothing more can come', () => {
    const first = plan(demand({ addresses: v4(2), nodes: nodes(2) }), alone).groups;
    const { groups } = plan(demand({ addresses: v4(1), nodes: nodes(2), existing: first }), alone);
    assert.deepEqual(groups, [first.find(({ addresses }) => formatIp(addresses[0]!) === '10.0.0.0')]);
  });

  it('have no members when no node is eligible, and keep their identity', () => {
    const first = plan(demand({ addresses: v4(1), nodes: nodes(2) }), alone).groups;
    const { groups } = plan(demand({ addresses: v4(1), nodes: [], existing: first }), alone);
    assert.deepEqual(groups, [{ ...first[0], members: [] }]);
  });
});

describe('virtual router IDs that others on the LAN use', () => {
  const foreign = (...ids: number[]) => ({ ...alone, foreign: { 4: new Set(ids), 6: new Set<number>() } });
  it('are left for another, and nothing else of the group or of others changes', () => {
    const first = plan(demand({ addresses: v4(3), nodes: nodes(3) }), alone).groups;
    const again = demand({ addresses: v4(3), nodes: nodes(3), existing: first });
    const id = first[1]!.virtualRouterId!;
    const { groups, stuck } = plan(again, foreign(id));
    assert.deepEqual(stuck, []);
    assert.notEqual(groups[1]!.virtualRouterId, id);
    assert.deepEqual(
      groups.map((group, at) => (at === 1 ? { ...group, virtualRouterId: id } : group)),
      first,
    );
    assert.deepEqual(plan({ ...again, existing: groups }, foreign(id)).groups, groups, 'once');
  });

  it('are left for another also when an operator reserves them', () => {
    const first = plan(demand({ addresses: v4(3), nodes: nodes(3) }), alone).groups;
    const id = first[1]!.virtualRouterId!;
    const virtualRouterIds = { first: 1, last: 255, reserved: new Set([id]) };
    const again = demand({ addresses: v4(3), nodes: nodes(3), existing: first });
    const { groups } = plan(again, { ...alone, virtualRouterIds });
    assert.deepEqual(
      groups.map(({ virtualRouterId }, at) => virtualRouterId === first[at]!.virtualRouterId),
      [true, false, true],
    );
  });

  it('are those of one family', () => {
    const both = plan(demand({ addresses: [...v4(1), ...v6(1)], nodes: nodes(1) }), alone).groups;
    const six = both.find(({ family }) => family === 6)!;
    const other = { ...alone, foreign: { 4: new Set([six.virtualRouterId!]), 6: new Set<number>() } };
    const existing = both.map((group) => ({ ...group, virtualRouterId: six.virtualRouterId! }));
    const { groups } = plan(demand({ addresses: [...v4(1), ...v6(1)], nodes: nodes(1), existing }), other);
    assert.deepEqual(
      groups.map(({ family, virtualRouterId }) => [family, virtualRouterId === six.virtualRouterId]),
      [
        [4, false],
        [6, true],
      ],
    );
  });

  it('are given to no new group', () => {
    const all = Array.from({ length: 255 }, (_, at) => at + 1);
    const { groups, unplaced } = plan(demand({ addresses: v4(2), nodes: nodes(2) }), foreign(...all.slice(1)));
    assert.deepEqual([groups.map(({ virtualRouterId }) => virtualRouterId), unplaced], [[1], []]);
    assert.equal(plan(demand({ addresses: v4(1), nodes: nodes(1) }), foreign(...all)).unplaced.length, 1);
  });

  it('are kept while there is no other, and that is said', () => {
    const virtualRouterIds = { first: 1, last: 3, reserved: new Set<number>() };
    const all = demand({ addresses: v4(600), nodes: nodes(2), spread: 1 });
    const existing = plan(all, { ...alone, virtualRouterIds }).groups;
    assert.equal(existing.length, 3);
    const { groups, stuck, short } = plan({ ...all, existing }, { ...foreign(2), virtualRouterIds });
    assert.deepEqual([groups, short], [existing, true]);
    assert.deepEqual(stuck, [existing.find(({ virtualRouterId }) => virtualRouterId === 2)!.name]);
  });
});

describe('a wish', () => {
  it('makes a node the preferred leader of one group, and stays fulfilled without it', () => {
    const first = plan(demand({ addresses: v4(3), nodes: nodes(3) }), alone).groups;
    const other = first[0]!.members[1]!.node;
    const wish = { group: first[0]!.name, node: other };
    const { groups } = plan(demand({ addresses: v4(3), nodes: nodes(3), existing: first, wish }), alone);
    assert.equal(groups[0]!.members[0]!.node, other);
    assert.deepEqual(groups.slice(1), first.slice(1));
    assert.deepEqual(plan(demand({ addresses: v4(3), nodes: nodes(3), existing: groups }), alone).groups, groups);
  });

  it('for a node that may not lead is ignored', () => {
    const first = plan(demand({ addresses: v4(1), nodes: nodes(2) }), alone).groups;
    const wish = { group: first[0]!.name, node: 'node-9' };
    assert.deepEqual(plan(demand({ addresses: v4(1), nodes: nodes(2), existing: first, wish }), alone).groups, first);
  });
});

describe('groups ahead of need', () => {
  const ahead = { nodes: nodes(3), room: { 4: 100, 6: 0 } };

  it('are as many as nodes, each with a leader of its own and no address', () => {
    const { groups, short } = plan(demand(ahead), alone);
    assert.deepEqual(sizes({ groups }), [0, 0, 0]);
    assert.deepEqual([...leaders(groups).keys()].sort(), nodes(3));
    assert.equal(short, false);
  });

  it('are there for each family of the pool', () => {
    const { groups } = plan(demand({ ...ahead, nodes: nodes(2), room: { 4: 8, 6: 2 ** 64 } }), alone);
    assert.deepEqual(
      groups.map(({ name, family }) => [name, family]),
      [
        ['pool-0', 4],
        ['pool-1', 4],
        ['pool-2', 6],
        ['pool-3', 6],
      ],
    );
  });

  it('are at most 16, as many as the Eip asks for, and no more than the pool has addresses', () => {
    const count = (o: Partial<Demand>) => plan(demand({ ...ahead, ...o }), alone).groups.length;
    assert.equal(count({ nodes: nodes(40) }), 16);
    assert.equal(count({ spread: 20 }), 20);
    assert.equal(count({ room: { 4: 2, 6: 0 } }), 2);
    assert.equal(count({ nodes: [] }), 0);
  });

  it('take the addresses evenly as they come, and keep name, ID and members', () => {
    let groups = plan(demand(ahead), alone).groups;
    const first = groups;
    for (let count = 1; count <= 8; count++) {
      groups = plan(demand({ ...ahead, addresses: v4(count), existing: groups }), alone).groups;
      assert.ok(Math.max(...sizes({ groups })) - Math.min(...sizes({ groups })) <= 1);
      assert.deepEqual(
        groups.map(({ addresses: _, ...identity }) => identity),
        first.map(({ addresses: _, ...identity }) => identity),
      );
    }
  });

  it('stay when their last address goes', () => {
    const first = plan(demand(ahead), alone).groups;
    const used = plan(demand({ ...ahead, addresses: v4(2), existing: first }), alone).groups;
    assert.deepEqual(plan(demand({ ...ahead, existing: used }), alone).groups, first);
  });

  it('come with a node and go with it, and one with addresses never goes', () => {
    const three = plan(demand({ ...ahead, addresses: v4(1) }), alone).groups;
    const five = plan(demand({ ...ahead, addresses: v4(1), nodes: nodes(5), existing: three }), alone).groups;
    assert.deepEqual(sizes({ groups: five }), [1, 0, 0, 0, 0]);
    for (const [at, { virtualRouterId }] of three.entries()) assert.equal(five[at]?.virtualRouterId, virtualRouterId);
    const full = plan(demand({ ...ahead, addresses: v4(5), nodes: nodes(5), existing: five }), alone).groups;
    const late = plan(demand({ ...ahead, addresses: v4(1, 4), nodes: nodes(2), existing: full }), alone).groups;
    const last = full.find(({ addresses }) => addresses[0]?.value === base4 + 4n);
    assert.deepEqual(late.map(({ name }) => name).sort(), ['pool-0', last!.name].sort());
  });

  it('are no more than the share of the Eip', () => {
    const share = { 4: 5, 6: 0 };
    const { groups, short } = plan(demand({ ...ahead, nodes: nodes(16) }), { ...alone, share });
    assert.deepEqual([groups.length, short], [5, false]);
  });

  it('say when they are fewer for want of IDs, and grow when some are free', () => {
    const taken = (count: number) => ({
      4: new Map(Array.from({ length: count }, (_, i) => [i + 1, `other-${i}`] as const)),
      6: new Map<number, string>(),
    });
    const first = plan(demand(ahead), { ...alone, share: { 4: 3, 6: 0 }, taken: taken(253) });
    assert.deepEqual([first.groups.length, first.short], [2, true]);
    const second = plan(demand({ ...ahead, existing: first.groups }), { ...alone, taken: taken(100) });
    assert.deepEqual([second.groups.length, second.short], [3, false]);
  });

  it('make way when the share of the Eip becomes less, the last first', () => {
    const { groups } = plan(demand(ahead), alone);
    const left = plan(demand({ ...ahead, existing: groups }), { ...alone, share: { 4: 1, 6: 0 } }).groups;
    assert.deepEqual(left, [groups[0]]);
  });

  it('and those that nobody may lead make way before any that serves', () => {
    const addresses = [...v4(2), ...v4(1, 50, []), ...v4(1, 60, ['node-1'])];
    const { groups } = plan(demand({ addresses, nodes: nodes(2) }), alone);
    assert.equal(groups.length, 4);
    const { groups: left, unplaced } = plan(demand({ addresses, nodes: nodes(2), existing: groups }), {
      ...alone,
      share: { 4: 3, 6: 0 },
    });
    assert.deepEqual(unplaced, [], 'an address that nobody may announce lacks no ID');
    assert.deepEqual(
      left.map(({ name }) => name),
      groups.filter(({ members }) => members.length > 0).map(({ name }) => name),
    );
  });

  it('are not made for Local addresses, which take none of them', () => {
    const { groups } = plan(demand({ ...ahead, addresses: v4(1, 0, ['node-1']) }), alone);
    assert.deepEqual(sizes({ groups }), [1, 0, 0, 0]);
    assert.deepEqual(
      groups.map(({ members }) => members.length),
      [1, 3, 3, 3],
    );
  });
});

describe('externalTrafficPolicy Local', () => {
  it('gives each address a group of its own with only the nodes that have endpoints', () => {
    const addresses = [...v4(2), ...v4(2, 100, ['node-1', 'node-2'])];
    const { groups } = plan(demand({ addresses, nodes: nodes(4) }), alone);
    const local = groups.filter(({ addresses: list }) => list.some(({ value }) => value >= base4 + 100n));
    assert.deepEqual(sizes({ groups: local }), [1, 1]);
    for (const { members } of local) assert.deepEqual(members.map(({ node }) => node).sort(), ['node-1', 'node-2']);
    for (const { members } of groups.filter((group) => !local.includes(group))) assert.equal(members.length, 4);
  });

  it('follows the endpoints in place', () => {
    const first = plan(demand({ addresses: v4(1, 0, ['node-1']), nodes: nodes(4) }), alone).groups;
    const { groups } = plan(
      demand({ addresses: v4(1, 0, ['node-2', 'node-3']), nodes: nodes(4), existing: first }),
      alone,
    );
    assert.deepEqual(
      groups.map(({ name, virtualRouterId }) => [name, virtualRouterId]),
      first.map(({ name, virtualRouterId }) => [name, virtualRouterId]),
    );
    assert.deepEqual(groups[0]?.members.map(({ node }) => node).sort(), ['node-2', 'node-3']);
  });

  it('moves an address out of a shared group, and back', () => {
    const shared = plan(demand({ addresses: v4(3), nodes: nodes(1) }), alone).groups;
    const split = plan(
      demand({ addresses: [...v4(2), ...v4(1, 2, ['node-0'])], nodes: nodes(1), existing: shared }),
      alone,
    ).groups;
    assert.deepEqual(sizes({ groups: split }), [2, 1]);
    assert.deepEqual(
      sizes({ groups: plan(demand({ addresses: v4(3), nodes: nodes(1), existing: split }), alone).groups }),
      [2, 1],
    );
  });

  it('shares groups between equal sets of nodes when virtual router IDs run short', () => {
    const range = { first: 1, last: 4, reserved: new Set<number>() };
    const addresses = [...v4(6, 0, ['node-0']), ...v4(2, 50, ['node-1'])];
    const { groups, unplaced } = plan(demand({ addresses, nodes: nodes(2) }), { ...alone, virtualRouterIds: range });
    assert.deepEqual(unplaced, []);
    assert.equal(groups.length, 4);
    for (const { addresses: list, members } of groups) {
      const node = list[0]!.value < base4 + 50n ? 'node-0' : 'node-1';
      assert.deepEqual(
        members.map((member) => member.node),
        [node],
      );
    }
  });

  it('leaves an address without members when no endpoint is ready', () => {
    const { groups } = plan(demand({ addresses: v4(1, 0, []), nodes: nodes(3) }), alone);
    assert.deepEqual(
      groups.map(({ members }) => members),
      [[]],
    );
  });
});

describe('Local addresses of an Eip with many', () => {
  const count = 40;
  const likeNodes = (at: number) => nodes(6).filter((_node, index) => index !== at % 6);

  it('share groups where their nodes differ little, whose members are nodes of each', () => {
    const addresses = Array.from({ length: count }, (_, at) => v4(1, at, likeNodes(at))[0]!);
    const { groups } = plan(demand({ addresses, nodes: nodes(6) }), alone);
    assert.equal(groups.length, 32);
    for (const { addresses: list, members } of groups) {
      assert.ok(members.length >= 4, 'two thirds of five');
      for (const { node } of members)
        for (const { value } of list) assert.ok(likeNodes(Number(value - base4)).includes(node));
    }
  });

  it('do not share where one would be left with one node of two', () => {
    const addresses = [
      ...Array.from({ length: 33 }, (_, at) => v4(1, at, ['node-0', 'node-1'])[0]!),
      ...v4(1, 50, ['node-1', 'node-2']),
    ];
    const { groups } = plan(demand({ addresses, nodes: nodes(3) }), alone);
    for (const { members } of groups) assert.equal(members.length, 2);
  });

  it('leave a group whose other addresses have other nodes from now on, and only they', () => {
    const addresses = v4(count, 0, ['node-0', 'node-1']);
    const first = plan(demand({ addresses, nodes: nodes(4) }), alone).groups;
    const [shared] = first.filter((group) => group.addresses.length === 2);
    const mover = shared!.addresses[1]!;
    const moved = addresses.map((each) =>
      each.address.value === mover.value ? { ...each, onlyOn: ['node-2', 'node-3'] } : each,
    );
    const { groups } = plan(demand({ addresses: moved, nodes: nodes(4), existing: first }), alone);
    const before = placeOf(first);
    const changed = [...placeOf(groups)].filter(([address, name]) => before.get(address) !== name);
    assert.deepEqual(
      changed.map(([address]) => address),
      [formatIp(mover)],
    );
  });
});

describe('the members of a group', () => {
  const many = nodes(40);

  it('are at most 16, or as many as the Eip says', () => {
    const { groups } = plan(demand({ addresses: v4(3), nodes: many }), alone);
    assert.deepEqual(new Set(groups.map(({ members }) => members.length)), new Set([16]));
    const [group] = plan(demand({ addresses: v4(1), nodes: many, members: 5 }), alone).groups;
    assert.equal(group!.members.length, 5);
  });

  it('are spread: of many Eips in a large cluster no node is in more groups than it must, but for one', () => {
    const cluster = nodes(100);
    const groups: Group[] = [];
    for (let eip = 0; eip < 12; eip++) {
      const wanted = demand({ eip: `pool-${eip}`, nodes: cluster, room: { 4: 100, 6: 0 } });
      const leading = new Map(groups.map(({ members }) => [members[0]!.node, 1]));
      groups.push(...plan(wanted, { ...alone, leading, memberships: membershipsIn(groups) }).groups);
    }
    const counts = [...membershipsIn(groups).values()];
    assert.equal(counts.length, 100);
    // 12 Eips of 16 groups of 16 members are 30.72 for each node.
    assert.deepEqual([Math.min(...counts) >= 30, Math.max(...counts) <= 32], [true, true], `${counts}`);
  });

  it('that come for one that went are in the fewest groups', () => {
    const first = plan(demand({ nodes: many, room: { 4: 100, 6: 0 } }), alone).groups;
    const gone = first[0]!.members[1]!.node;
    const counts = membershipsIn(first);
    const left = many.filter((node) => node !== gone);
    const second = plan(demand({ nodes: left, room: { 4: 100, 6: 0 }, existing: first }), alone).groups;
    const spread = [...membershipsIn(second).values()];
    assert.ok(counts.get(gone)! > 1);
    assert.ok(Math.max(...spread) - Math.min(...spread) <= 1, `${spread}`);
  });

  it('stay while they may be, whoever comes; who leads stays in any case', () => {
    const first = plan(demand({ addresses: v4(3), nodes: many }), alone).groups;
    const more = [...many, 'a-new-one', 'z-new-one'];
    assert.deepEqual(plan(demand({ addresses: v4(3), nodes: more, existing: first }), alone).groups, first);
    const holder = first[0]!.members.at(-1)!.node;
    const [group] = plan(
      demand({
        ...{ addresses: v4(3), nodes: many, existing: first, members: 2 },
        holders: new Map([['pool-0', holder]]),
      }),
      alone,
    ).groups;
    assert.deepEqual(group!.members.map(({ node }) => node).sort(), [holder, first[0]!.members[0]!.node].sort());
  });

  it('are replaced one for one when they go', () => {
    const [first] = plan(demand({ addresses: v4(1), nodes: many }), alone).groups;
    const gone = first!.members[3]!.node;
    const left = many.filter((node) => node !== gone);
    const [second] = plan(demand({ addresses: v4(1), nodes: left, existing: [first!] }), alone).groups;
    const before = first!.members.map(({ node }) => node);
    const fresh = second!.members.map(({ node }) => node).filter((node) => !before.includes(node));
    assert.deepEqual([second!.members.length, fresh.length], [16, 1]);
  });

  it('of last resort make way only when they are more than half, and then for others', () => {
    const [first] = plan(demand({ addresses: v4(1), nodes: many }), alone).groups;
    const members = first!.members.map(({ node }) => node);
    const next = (lastResorts: readonly string[]) =>
      plan(demand({ addresses: v4(1), nodes: many, existing: [first!], lastResorts: new Set(lastResorts) }), alone)
        .groups[0]!;
    assert.deepEqual(next(members.slice(0, 8)), first);
    const replaced = next(members);
    assert.equal(replaced.members.filter(({ node }) => !members.includes(node)).length, 8);
    assert.equal(replaced.members[0]!.node, first!.members[0]!.node, 'the preferred leader keeps its place');
  });
});

describe('the load', () => {
  it('of a new address goes to the leader with the fewest addresses of other Eips, among equals here', () => {
    const first = plan(demand({ nodes: nodes(3), room: { 4: 100, 6: 0 } }), alone).groups;
    const busy = new Map([
      [first[0]!.members[0]!.node, 70],
      [first[1]!.members[0]!.node, 3],
      [first[2]!.members[0]!.node, 50],
    ]);
    const { groups } = plan(demand({ nodes: nodes(3), room: { 4: 100, 6: 0 }, addresses: v4(1), existing: first }), {
      ...alone,
      leading: busy,
    });
    assert.deepEqual(sizes({ groups }), [0, 1, 0]);
  });
});

describe('the priorities of a group', () => {
  it('start at 254 and are 20 apart for the first eight', () => {
    assert.deepEqual(
      ranked(nodes(9)).map(({ priority }) => priority),
      [254, 234, 214, 194, 174, 154, 134, 114, 113],
    );
  });

  it('are distinct and at least 1 for as many members as there are priorities', () => {
    const priorities = ranked(nodes(500)).map(({ priority }) => priority);
    assert.equal(priorities.length, maxMembers);
    assert.equal(new Set(priorities).size, maxMembers);
    assert.equal(Math.min(...priorities), 1);
  });

  it('spread the leadership evenly', () => {
    for (const [groups, count] of [
      [16, 3],
      [16, 5],
      [16, 16],
      [9, 4],
    ] as const) {
      const loads = leaders(plan(demand({ addresses: v4(groups), nodes: nodes(count), spread: groups }), alone).groups);
      assert.ok(
        Math.max(...loads.values()) - Math.min(...nodes(count).map((node) => loads.get(node) ?? 0)) <= 1,
        `${groups} over ${count}`,
      );
    }
  });

  it('prefer a node that leads fewer groups of other Eips', () => {
    const leading = new Map([
      ['node-0', 3],
      ['node-1', 1],
      ['node-2', 2],
    ]);
    const { groups } = plan(demand({ addresses: v4(1), nodes: nodes(3) }), { ...alone, leading });
    assert.equal(groups[0]?.members[0]?.node, 'node-1');
  });
});

describe('a change', () => {
  const population = fc.record({
    addresses: fc.uniqueArray(fc.nat(40), { maxLength: 25 }),
    locals: fc.uniqueArray(fc.record({ at: fc.integer({ min: 50, max: 60 }), on: fc.subarray(nodes(6)) }), {
      maxLength: 4,
      selector: ({ at }) => at,
    }),
    count: fc.integer({ min: 1, max: 6 }),
    room: fc.record({ 4: fc.integer({ min: 41, max: 100 }), 6: fc.constantFrom(0, 41) }),
  });
  const demandOf = ({
    addresses,
    locals,
    count,
    room,
  }: {
    addresses: number[];
    locals: { at: number; on: string[] }[];
    count: number;
    room: Demand['room'];
  }) =>
    demand({
      addresses: [
        ...addresses.flatMap((at) => v4(1, at)),
        ...addresses.slice(0, 5).flatMap((at) => v6(1, at)),
        ...locals.flatMap(({ at, on }) => v4(1, at, on)),
      ],
      nodes: nodes(count),
      room,
    });

  it('of nothing changes nothing', () => {
    fc.assert(
      fc.property(population, (p) => {
        const first = plan(demandOf(p), alone);
        assert.deepEqual(plan({ ...demandOf(p), existing: [...first.groups].reverse() }, alone), first);
      }),
    );
  });

  it('keeps every address that stays where it is, and every ID and name', () => {
    fc.assert(
      fc.property(population, population, (before, after) => {
        const first = plan(demandOf(before), alone).groups;
        const second = plan({ ...demandOf({ ...after, locals: before.locals }), existing: first }, alone).groups;
        for (const group of second) {
          const earlier = first.find(({ name }) => name === group.name);
          if (earlier !== undefined) assert.equal(group.virtualRouterId, earlier.virtualRouterId);
        }
        const placed = placeOf(second);
        for (const [address, name] of placeOf(first)) if (placed.has(address)) assert.equal(placed.get(address), name);
        assert.equal(placed.size, new Set(second.flatMap(({ addresses }) => addresses.map(formatIp))).size);
      }),
    );
  });

  it('that adds a node moves only leaderships to that node, and no more than its share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 8 }), (groups, count) => {
        const first = plan(demand({ addresses: v4(groups), nodes: nodes(count), spread: groups }), alone).groups;
        const second = plan(
          demand({ addresses: v4(groups), nodes: nodes(count + 1), spread: groups, existing: first }),
          alone,
        ).groups;
        const moved = second.filter((group, at) => group.members[0]?.node !== first[at]?.members[0]?.node);
        assert.ok(moved.every(({ members }) => members[0]?.node === `node-${count}`));
        assert.equal(moved.length, Math.floor(groups / (count + 1)));
      }),
    );
  });

  it('that removes a node moves only the leaderships it had, and keeps the order of the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 2, max: 8 }),
        fc.nat(7),
        (groups, count, index) => {
          const gone = `node-${index % count}`;
          const first = plan(demand({ addresses: v4(groups), nodes: nodes(count), spread: groups }), alone).groups;
          const left = nodes(count).filter((node) => node !== gone);
          const second = plan(
            demand({ addresses: v4(groups), nodes: left, spread: groups, existing: first }),
            alone,
          ).groups;
          for (const [at, group] of second.entries()) {
            const before = first[at]!.members.map(({ node }) => node);
            if (before[0] === gone) continue;
            assert.deepEqual(
              group.members.map(({ node }) => node),
              before.filter((node) => node !== gone),
            );
          }
          const loads = leaders(second);
          assert.ok(Math.max(...loads.values()) - Math.min(...left.map((node) => loads.get(node) ?? 0)) <= 1);
        },
      ),
    );
  });

  it('never gives two groups of a family one ID, nor two members one priority', () => {
    fc.assert(
      fc.property(fc.array(population, { minLength: 1, maxLength: 5 }), (history) => {
        let existing: readonly Group[] = [];
        for (const p of history) existing = plan({ ...demandOf(p), existing }, alone).groups;
        for (const family of [4, 6]) {
          const ids = existing.filter((group) => group.family === family).map(({ virtualRouterId }) => virtualRouterId);
          assert.equal(new Set(ids).size, ids.length);
        }
        for (const { members } of existing)
          assert.equal(new Set(members.map(({ priority }) => priority)).size, members.length);
      }),
    );
  });
});

const base4 = 10n << 24n;
const base6 = 0x2001_0db8n << 96n;

function demand(o: Partial<Demand>): Demand {
  return { eip: 'pool', addresses: [], nodes: [], room: { 4: 0, 6: 0 }, existing: [], ...o };
}

function nodes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${i}`);
}

function v4(count: number, from = 0, onlyOn?: readonly string[]): PlacedAddress[] {
  return addresses({ family: 4, value: base4 + BigInt(from) }, count, onlyOn);
}

function v6(count: number, from = 0): PlacedAddress[] {
  return addresses({ family: 6, value: base6 + BigInt(from) }, count);
}

function addresses({ family, value }: IpAddress, count: number, onlyOn?: readonly string[]): PlacedAddress[] {
  return Array.from({ length: count }, (_, i) => ({
    address: { family, value: value + BigInt(i) },
    ...(onlyOn === undefined ? {} : { onlyOn }),
  }));
}

function sizes({ groups }: { groups: readonly Group[] }): number[] {
  return groups.map((group) => group.addresses.length);
}

function leaders(groups: readonly Group[]): Map<string, number> {
  const loads = new Map<string, number>();
  for (const { members } of groups) loads.set(members[0]!.node, (loads.get(members[0]!.node) ?? 0) + 1);
  return loads;
}

function placeOf(groups: readonly Group[]): Map<string, string> {
  return new Map(
    groups.flatMap(({ name, addresses: list }) => list.map((address) => [formatIp(address), name] as const)),
  );
}
