import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Family } from '../../../../src/core/ip/address.js';
import { formatIp } from '../../../../src/core/ip/address.js';
import { type IpRange, parsePool } from '../../../../src/core/ip/range.js';
import { claimsOf, claimsOfGroups } from '../../../../src/core/placement/claim.js';
import type { Demand, Group, PlacedAddress, Plan } from '../../../../src/core/placement/group.js';
import { type Entry, type Lan, mayBeOne, sharesByLan } from '../../../../src/core/placement/lan.js';
import { plan } from '../../../../src/core/placement/plan.js';
import { rangeCapacity } from '../../../../src/core/placement/virtual-router-ids.js';

/** Eips that are planned one after the other, as the controller does it, until none of them changes any more. */
describe('all Eips of a cluster', () => {
  it('settle with 20 pools of 16 nodes, 320 groups wanted and 255 IDs', () => {
    const world = newWorld({ last: 255 });
    for (let at = 0; at < 20; at++) world.demands.set(`pool-${at}`, pool(`pool-${at}`, nodes(16)));
    const { writes } = settle(world);
    assert.equal(total(world), 230);
    assert.equal(writes, 230, 'each group is written once');
    world.demands.set('late', pool('late', nodes(16)));
    settle(world);
    assert.ok(world.groups.get('late')!.length >= 10, 'a late pool has its share');
    assert.equal(total(world), 230);
    checkIds(world);
  });

  it('announce 300 Local addresses with distinct sets of 9 nodes, and the pools that come later as well', () => {
    const world = newWorld({ last: 255 });
    world.demands.set('local', pool('local', nodes(9), distinctSets(300, nodes(9))));
    settle(world);
    world.demands.set('late', pool('late', nodes(9), v4(3, 5000)));
    world.demands.set('later', pool('later', nodes(9), distinctSets(40, nodes(9), 6000)));
    settle(world);
    assert.deepEqual(
      [...world.plans.values()].flatMap(({ unplaced }) => unplaced),
      [],
    );
    checkServed(world);
    checkIds(world);
    const few = world.groups.get('local')!.filter(({ members }) => members.length < 2);
    const single = distinctSets(300, nodes(9)).filter(({ onlyOn }) => onlyOn!.length === 1);
    assert.ok(few.length <= single.length, 'only addresses with one node have one');
    assert.ok(world.groups.get('late')!.length >= 9);
  });

  it('announce every address with three IDs when that can be, one group for each of three pools', () => {
    const world = newWorld({ last: 3 });
    for (const name of ['a', 'b', 'c']) world.demands.set(name, pool(name, nodes(3), v4(5, name.charCodeAt(0) * 100)));
    settle(world);
    checkServed(world);
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => world.groups.get(name)!.length),
      [1, 1, 1],
    );
    world.demands.set('d', pool('d', nodes(3), v4(2, 90_000)));
    settle(world);
    assert.equal(world.plans.get('d')!.unplaced.length, 2, 'a fourth has none, and that is said');
    for (const name of ['a', 'b', 'c']) assert.equal(world.groups.get(name)!.length, 1, 'the others keep theirs');
  });

  it('make room for an address that nobody announces by going together, even where all groups serve', () => {
    const world = newWorld({ last: 4 });
    world.demands.set('old', pool('old', nodes(4), v4(40)));
    settle(world);
    assert.equal(world.groups.get('old')!.length, 4);
    world.demands.set('new', pool('new', nodes(4), v4(1, 9000)));
    settle(world);
    checkServed(world);
    assert.equal(world.groups.get('old')!.length, 3);
  });

  it('share IDs on one LAN, and have all of them on another', () => {
    const world = newWorld({ last: 20 });
    for (const rack of [1, 2, 3]) {
      const name = `rack-${rack}`;
      world.lans.set(name, subnets(`10.${rack}.0.0/16`));
      world.demands.set(
        name,
        pool(
          name,
          nodes(16).map((node) => `${name}-${node}`),
        ),
      );
    }
    settle(world);
    assert.deepEqual(
      [1, 2, 3].map((rack) => world.groups.get(`rack-${rack}`)!.length),
      [16, 16, 16],
    );
    checkIds(world);
    world.lans.set('rack-2', subnets('10.1.128.0/17'));
    settle(world);
    assert.ok(world.groups.get('rack-1')!.length + world.groups.get('rack-2')!.length <= 20);
    checkIds(world);
  });

  it('settle whatever they are, and never have one ID twice on a LAN', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(anyHistory, ({ last, steps }) => {
        const world = newWorld({ last });
        for (const { demands, lans } of steps) {
          world.demands = new Map(demands.map((each) => [each.eip, each]));
          world.lans = new Map(lans.map((each, at) => [`eip-${at}`, each === '' ? undefined : subnets(each)]));
          settle(world);
          checkIds(world);
          checkMembers(world);
          const again = settle(world);
          assert.equal(again.writes, 0, 'the same input is written once');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leave no address without a group while another Eip has one more than it needs', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(anyHistory, ({ last, steps }) => {
        const world = newWorld({ last });
        for (const { demands } of steps) {
          world.demands = new Map(demands.map((each) => [each.eip, each]));
          settle(world);
        }
        for (const family of [4, 6] as const) {
          const lacks = [...world.plans.values()].some(({ unplaced }) =>
            unplaced.some((each) => each.family === family),
          );
          const empty = [...world.groups.values()]
            .flat()
            .filter((each) => each.family === family && each.addresses.length === 0);
          assert.ok(!(lacks && empty.length > 0), 'an empty group gives way');
        }
      }),
      { numRuns: 300 },
    );
  });
});

interface World {
  readonly last: number;
  demands: Map<string, Demand>;
  lans: Map<string, Lan>;
  groups: Map<string, readonly Group[]>;
  plans: Map<string, Plan>;
}

function newWorld({ last }: { last: number }): World {
  return { last, demands: new Map(), lans: new Map(), groups: new Map(), plans: new Map() };
}

/** Plans every Eip again and again, in another order each time, until nothing changes; fails when that takes long. */
function settle(world: World): { readonly writes: number } {
  const names = [...new Set([...world.demands.keys(), ...world.groups.keys()])].sort();
  let writes = 0;
  for (let round = 0; round < 60; round++) {
    let changed = 0;
    for (const name of round % 2 === 0 ? names : [...names].reverse()) changed += turn(world, name);
    writes += changed;
    if (changed === 0) return { writes };
  }
  throw new Error('it does not settle');
}

function turn(world: World, eip: string): number {
  const before = world.groups.get(eip) ?? [];
  const demand = world.demands.get(eip);
  const lan = world.lans.get(eip);
  const others = [...world.groups].filter(([name]) => name !== eip && mayBeOne(lan, world.lans.get(name)));
  const taken = { 4: new Map<number, string>(), 6: new Map<number, string>() };
  for (const [, groups] of others)
    for (const { family, virtualRouterId, name } of groups) taken[family].set(virtualRouterId!, name);
  const entries = [...new Set([...world.demands.keys(), ...world.groups.keys()])].map((name): Entry => {
    const groups = world.groups.get(name) ?? [];
    const wants = world.demands.get(name);
    const claims =
      wants === undefined
        ? claimsOfGroups(
            name,
            groups.map(({ family, addresses }) => ({ family, serves: addresses.length > 0 })),
          )
        : claimsOf(name, { ...wants, existing: groups });
    return { lan: world.lans.get(name), claims };
  });
  const virtualRouterIds = { first: 1, last: world.last, reserved: new Set<number>() };
  const share = sharesByLan(entries, { capacity: rangeCapacity(virtualRouterIds), lost: () => 0 }).get(eip)!;
  const foreign = { 4: new Set<number>(), 6: new Set<number>() };
  const around = { virtualRouterIds, taken, foreign, share, leading: new Map<string, number>(), salt: 'salt' };
  const result =
    demand === undefined
      ? { groups: [], unplaced: [], stuck: [], short: false }
      : plan({ ...demand, existing: before }, around);
  world.plans.set(eip, result);
  world.groups.set(eip, result.groups);
  const names = new Set([...before, ...result.groups].map(({ name }) => name));
  const text = (groups: readonly Group[], name: string) => show(groups.find((each) => each.name === name));
  return [...names].filter((name) => text(before, name) !== text(result.groups, name)).length;
}

function show(group: Group | undefined): string {
  return JSON.stringify(group, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}

function checkIds({ groups, lans }: World): void {
  const all = [...groups].flatMap(([eip, list]) => list.map((group) => ({ eip, group })));
  for (const [at, a] of all.entries()) {
    for (const b of all.slice(at + 1)) {
      if (a.group.family !== b.group.family || a.group.virtualRouterId !== b.group.virtualRouterId) continue;
      assert.ok(
        a.eip !== b.eip && !mayBeOne(lans.get(a.eip), lans.get(b.eip)),
        `${a.group.name} and ${b.group.name} have one ID on a LAN`,
      );
    }
  }
}

/** Whoever is in a group may announce each of its addresses. */
function checkMembers({ groups, demands }: World): void {
  for (const [eip, list] of groups) {
    const demand = demands.get(eip);
    const allowed = new Map(demand?.addresses.map(({ address, onlyOn }) => [formatIp(address), onlyOn]));
    for (const group of list) {
      const nodesOf = group.members.map(({ node }) => node);
      assert.equal(new Set(nodesOf).size, nodesOf.length);
      for (const node of nodesOf) {
        assert.ok(demand!.nodes.includes(node));
        for (const address of group.addresses) {
          const only = allowed.get(formatIp(address));
          assert.ok(only === undefined || only.includes(node), `${node} would announce ${formatIp(address)}`);
        }
      }
    }
  }
}

function checkServed({ groups, demands }: World): void {
  for (const [eip, { addresses }] of demands) {
    const led = new Set(
      groups.get(eip)!.flatMap((each) => (each.members.length === 0 ? [] : each.addresses.map((a) => formatIp(a)))),
    );
    for (const { address, onlyOn } of addresses) {
      if (onlyOn?.length !== 0) assert.ok(led.has(formatIp(address)), `${formatIp(address)} is announced`);
    }
  }
}

function total({ groups }: World): number {
  return [...groups.values()].flat().length;
}

function pool(eip: string, on: readonly string[], addresses: readonly PlacedAddress[] = []): Demand {
  return { eip, addresses, nodes: on, room: { 4: 256, 6: 0 }, existing: [] };
}

function nodes(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `node-${at}`);
}

function v4(count: number, from = 0, onlyOn?: readonly string[], family: Family = 4): PlacedAddress[] {
  return Array.from({ length: count }, (_, at) => ({
    address: { family, value: (10n << (family === 4 ? 24n : 120n)) + BigInt(from + at) },
    ...(onlyOn === undefined ? {} : { onlyOn }),
  }));
}

/** The first `count` non-empty subsets of nodes, the large ones and the small ones mixed. */
function distinctSets(count: number, of: readonly string[], from = 0): PlacedAddress[] {
  return Array.from({ length: count }, (_, at) => {
    const bits = ((at * 197) % (2 ** of.length - 1)) + 1;
    return v4(
      1,
      from + at,
      of.filter((_node, index) => (bits >> index) & 1),
    )[0]!;
  });
}

function subnets(text: string): readonly IpRange[] {
  const parsed = parsePool(text);
  assert.ok(parsed.ok);
  return parsed.ranges;
}

const anyDemands = fc
  .array(
    fc.record({
      on: fc.subarray(nodes(6)),
      open: fc.nat(8),
      six: fc.nat(2),
      locals: fc.array(fc.subarray(nodes(6)), { maxLength: 8 }),
      spread: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      room: fc.nat(20),
      members: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      lasts: fc.subarray(nodes(6)),
    }),
    { maxLength: 5 },
  )
  .map((eips) =>
    eips.map(
      ({ on, open, six, locals, spread, room, members, lasts }, at): Demand => ({
        eip: `eip-${at}`,
        addresses: [
          ...v4(open, at * 1000),
          ...v4(six, at * 1000, undefined, 6),
          ...locals.flatMap((onlyOn, index) => v4(1, at * 1000 + 100 + index, onlyOn)),
        ],
        nodes: on,
        room: { 4: room, 6: six },
        existing: [],
        ...(spread === undefined ? {} : { spread }),
        ...(members === undefined ? {} : { members }),
        lastResorts: new Set(lasts),
      }),
    ),
  );

const anyHistory = fc.record({
  last: fc.integer({ min: 1, max: 24 }),
  steps: fc.array(
    fc.record({
      demands: anyDemands,
      lans: fc.array(fc.constantFrom('', '10.1.0.0/16', '10.2.0.0/16', '10.1.0.0/16,10.3.0.0/16', '10.3.1.0/24'), {
        minLength: 5,
        maxLength: 5,
      }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
