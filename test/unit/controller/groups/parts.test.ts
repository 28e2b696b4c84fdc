// Eips that name no NIC: their groups as the controller would write them, on nodes whose agents say what subnets they have.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AgentNetwork, parseNetwork, subnetOf } from '../../../../src/api/agent-network.js';
import type { Eip } from '../../../../src/api/eip.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { type IdAllocation, newIdAllocation } from '../../../../src/controller/groups/id-allocation.js';
import { intentOf } from '../../../../src/controller/groups/intent.js';
import { lanOfGroup } from '../../../../src/controller/groups/lans.js';
import { sameSpec } from '../../../../src/controller/groups/spec.js';
import { type IpAddress, parseIp } from '../../../../src/core/ip/address.js';
import { contains } from '../../../../src/core/ip/range.js';
import { noExclusions } from '../../../../src/core/ipam/exclusions.js';
import { mayBeOne } from '../../../../src/core/placement/lan.js';

type Spec = Partial<Eip['spec']>;
/** By node, by NIC, its addresses with their prefix lengths; undefined: its agent says nothing. */
type Networks = Readonly<Record<string, Readonly<Record<string, readonly string[]>> | undefined>>;

const twoNics = (host: number) => ({ eth0: [`10.1.0.${host}/24`], eth1: [`10.2.0.${host}/24`] });
const all: Networks = { n1: twoNics(1), n2: twoNics(2), n3: twoNics(3) };
const twoRanges = '10.1.0.100-10.1.0.109,10.2.0.100-10.2.0.109';

describe('the groups of an Eip that names no NIC', () => {
  it('are there ahead of need in each subnet, `groups` in each, and have addresses of that alone', () => {
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 2 } } });
    c.use('10.1.0.100', '10.1.0.101', '10.2.0.100');
    settle(c);
    assert.deepEqual(shown(c), {
      'lan-0': 'subnet_of:10.1.0.100 10.1.0.100',
      'lan-1': 'subnet_of:10.1.0.100 10.1.0.101',
      'lan-2': 'subnet_of:10.2.0.100 10.2.0.100',
      'lan-3': 'subnet_of:10.2.0.100',
    });
  });

  it('have IDs of each LAN by themselves: with as many as groups on one, all have one', () => {
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 3 } } });
    c.lastId = 3;
    settle(c);
    assert.deepEqual([...c.groups.values()].map(({ spec }) => spec.vrrp?.virtualRouterId).sort(), [1, 1, 2, 2, 3, 3]);
  });

  it('have IDs of their own where both subnets are on one NIC, as one LAN', () => {
    const both = { eth0: ['10.1.0.1/24', '10.2.0.1/24'] };
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 2 } } }, { n1: both, n2: both });
    c.lastId = 4;
    turn(c);
    const ids = () => [...c.groups.values()].map(({ spec }) => spec.vrrp?.virtualRouterId).sort();
    assert.deepEqual(ids(), [1, 2, 3, 4], 'from the first write');
    settle(c);
    assert.deepEqual(ids(), [1, 2, 3, 4]);
  });

  it('share the IDs of a LAN with the groups of other Eips there', () => {
    const c = newCluster({
      lan: { address: twoRanges, vrrp: { groups: 3 } },
      other: { address: '10.2.0.200-10.2.0.210', interface: 'eth1', vrrp: { groups: 3 } },
    });
    c.lastId = 4;
    settle(c);
    const of = (eip: string, near: string) =>
      [...c.groups.values()].filter(({ spec }) => spec.eip === eip && spec.interface === near).length;
    assert.equal(of('lan', 'subnet_of:10.1.0.100'), 3);
    assert.equal(of('lan', 'subnet_of:10.2.0.100') + of('other', 'eth1'), 4);
    checkIds(c);
  });

  it('are on the nodes that are in the subnet; where none is, on all', () => {
    const networks: Networks = { n1: twoNics(1), n2: { eth0: ['10.1.0.2/24'] }, n3: twoNics(3) };
    const c = newCluster({ lan: { address: `${twoRanges},192.0.2.0/30`, vrrp: { groups: 1 } } }, networks);
    settle(c);
    const members = Object.fromEntries(
      [...c.groups.values()].map(({ spec }) => [
        spec.interface,
        spec.members
          .map(({ node }) => node)
          .sort()
          .join(),
      ]),
    );
    assert.deepEqual(members, {
      'subnet_of:10.1.0.100': 'n1,n2,n3',
      'subnet_of:10.2.0.100': 'n1,n3',
      'subnet_of:192.0.2.0': 'n1,n2,n3',
    });
  });

  it('of both families are by themselves', () => {
    const nics = (host: number) => ({ eth0: [`10.1.0.${host}/24`], eth1: [`fd00::${host}/64`] });
    const c = newCluster(
      { lan: { address: '10.1.0.100-10.1.0.109,fd00::100-fd00::109', vrrp: { groups: 1 } } },
      { n1: nics(1), n2: nics(2) },
    );
    c.use('10.1.0.100', 'fd00::100');
    settle(c);
    assert.deepEqual(shown(c), {
      'lan-0': 'subnet_of:10.1.0.100 10.1.0.100',
      'lan-1': 'subnet_of:fd00::100 fd00::100',
    });
  });

  it('are as they were where the Eip names a NIC', () => {
    const c = newCluster({ lan: { address: twoRanges, interface: 'eth0', vrrp: { groups: 1 } } });
    c.use('10.1.0.100', '10.2.0.100');
    settle(c);
    assert.deepEqual(shown(c), { 'lan-0': 'eth0 10.1.0.100,10.2.0.100' });
  });

  it('let an address go where it belongs once somebody leads a group there, and not before', () => {
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 1 } } }, { n1: undefined, n2: undefined });
    c.use('10.1.0.100', '10.2.0.100');
    settle(c);
    assert.deepEqual(shown(c), { 'lan-0': 'subnet_of:10.1.0.100 10.1.0.100,10.2.0.100' });
    c.networks = all;
    settle(c, () => false);
    assert.deepEqual(shown(c), {
      'lan-0': 'subnet_of:10.1.0.100 10.1.0.100,10.2.0.100',
      'lan-1': 'subnet_of:10.2.0.100',
    });
    settle(c);
    assert.deepEqual(shown(c), {
      'lan-0': 'subnet_of:10.1.0.100 10.1.0.100',
      'lan-1': 'subnet_of:10.2.0.100 10.2.0.100',
    });
  });

  it('do not wait for one where none can be, for want of IDs: that nobody announces the address is told', () => {
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 1 } } }, { n1: undefined });
    c.lastId = 1;
    c.use('10.1.0.100', '10.2.0.100');
    settle(c);
    assert.equal(c.unplaced.get('lan'), 0);
    c.networks = { n1: { eth0: ['10.1.0.1/24', '10.2.0.1/24'] } };
    settle(c);
    assert.deepEqual(shown(c), { 'lan-0': 'subnet_of:10.1.0.100 10.1.0.100' });
    assert.equal(c.unplaced.get('lan'), 1);
  });

  it('keep their addresses when what is known of the subnets goes, as when the Leases are deleted', () => {
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 1 } } });
    c.use('10.1.0.100', '10.2.0.100');
    settle(c);
    const before = shown(c);
    c.networks = { n1: undefined, n2: undefined, n3: undefined };
    settle(c);
    assert.deepEqual(shown(c), before);
    c.networks = all;
    settle(c);
    assert.deepEqual(shown(c), before);
  });

  it('keep an address that the Eip has no more while a Service has it', () => {
    const c = newCluster({ lan: { address: twoRanges, vrrp: { groups: 1 } } });
    c.use('10.1.0.100', '10.2.0.100');
    settle(c);
    c.eips.set('lan', { address: '10.1.0.100-10.1.0.109', vrrp: { groups: 1 } });
    settle(c);
    assert.equal(shown(c)['lan-1'], 'subnet_of:10.2.0.100 10.2.0.100');
    c.used.delete('10.2.0.100');
    settle(c);
    assert.deepEqual(shown(c), { 'lan-0': 'subnet_of:10.1.0.100 10.1.0.100' });
  });

  it('are made ahead in sixteen subnets only, and elsewhere with the first address', () => {
    const nics = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`eth${at}`, [`10.1.${at}.1/24`]]));
    const c = newCluster({ lan: { address: '10.1.0.0-10.1.19.255', vrrp: { groups: 2 } } }, { n1: nics });
    settle(c);
    assert.equal(c.groups.size, 32);
    c.use('10.1.18.7');
    settle(c);
    assert.equal(c.groups.size, 33);
    assert.equal(c.groups.get('lan-32')?.spec.interface, 'subnet_of:10.1.18.0');
    assert.deepEqual(c.groups.get('lan-32')?.spec.addresses, ['10.1.18.7']);
  });

  it('settle whatever subnets come and go; then each address is where its nodes choose as for the group, and no LAN has an ID twice', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(anyHistory, ({ lastId, steps }) => {
        const c = newCluster({}, {});
        c.lastId = lastId;
        for (const { networks, eips, used, led } of steps) {
          c.networks = networks;
          c.eips = new Map(eips.map((spec, at) => [`eip-${at}`, spec]));
          c.used.clear();
          for (const address of used) c.used.add(address);
          // Some groups are led, others not, as it comes: nothing is announced twice, and it comes to rest.
          settle(c, (group) => led.includes(Number(group.metadata.name.at(-1))));
          checkIds(c);
          settle(c);
          checkIds(c);
          checkNics(c);
          checkPlaced(c);
          assert.equal(turn(c), 0, 'the same input is written once');
        }
      }),
      { numRuns: 150 },
    );
  });
});

interface Cluster {
  eips: Map<string, Spec>;
  networks: Networks;
  lastId: number;
  readonly used: Set<string>;
  readonly groups: Map<string, VipGroup>;
  readonly unplaced: Map<string, number>;
  readonly allocation: IdAllocation;
  use(...addresses: readonly string[]): void;
}

function newCluster(eips: Readonly<Record<string, Spec>>, networks: Networks = all): Cluster {
  const used = new Set<string>();
  return {
    eips: new Map(Object.entries(eips)),
    networks,
    lastId: 255,
    used,
    groups: new Map(),
    unplaced: new Map(),
    allocation: newIdAllocation(),
    use: (...addresses) => {
      for (const each of addresses) used.add(each);
    },
  };
}

/** Plans every Eip again and again, as the controller does, until nothing is written any more; whoever may be led is led between the turns. */
function settle(c: Cluster, mayBeLed: (group: VipGroup) => boolean = () => true): void {
  for (let at = 0; at < 60; at++) {
    if (turn(c) === 0 && !lead(c, mayBeLed)) return;
  }
  throw new Error(`it does not settle: ${JSON.stringify(shown(c))}`);
}

/** @returns how many groups are written */
function turn(c: Cluster): number {
  let writes = 0;
  for (const eip of new Set([...c.eips.keys(), ...[...c.groups.values()].flatMap(({ spec }) => spec.eip ?? [])])) {
    const objects = [...c.eips].map(
      ([name, spec]): Eip => ({
        metadata: { name },
        spec: { address: '', protocol: 'vip', ...spec },
      }),
    );
    const pool = poolsOf(objects).find(({ name }) => name === eip);
    const held = [...c.used].map((text) => parseIp(text)!);
    const own = pool === undefined ? [] : held.filter((ip) => isOf(c, eip, ip, pool.ranges));
    const present = [...c.groups.values()].filter(({ spec }) => spec.eip === eip);
    const intent = intentOf(
      {
        eip,
        pool,
        object: pool?.eip,
        present,
        holdings: own.map((address) => ({ address })),
        groups: [...c.groups.values()],
        eips: objects,
        nodes: Object.keys(c.networks).map((name) => ({ metadata: { name } })),
        agents: { network: (node) => networkOf(c, node), silence: () => undefined, beganMs: () => undefined },
        exclusions: noExclusions,
        virtualRouterIds: { first: 1, last: c.lastId, reserved: new Set() },
        salt: 'cluster',
        now: 0,
        wall: Date.UTC(2026, 0, 2),
      },
      c.allocation,
    );
    c.unplaced.set(eip, intent.unplaced.length);
    for (const { metadata } of present) {
      if (intent.specs.has(metadata.name)) continue;
      c.groups.delete(metadata.name);
      writes += 1;
    }
    for (const [name, spec] of intent.specs) {
      const before = c.groups.get(name);
      if (before !== undefined && sameSpec(before.spec, spec)) continue;
      c.groups.set(name, { ...before, metadata: { name }, spec });
      writes += 1;
    }
    const placed = [...c.groups.values()].flatMap(({ spec }) => spec.addresses);
    assert.equal(new Set(placed).size, placed.length, 'no address is in two groups');
  }
  return writes;
}

/** An address is of the Eip that has it, or whose group it is in. */
function isOf({ groups }: Cluster, eip: string, ip: IpAddress, ranges: Parameters<typeof contains>[0]): boolean {
  const inGroup = [...groups.values()].find(({ spec }) =>
    spec.addresses.some((text) => parseIp(text)!.value === ip.value && parseIp(text)!.family === ip.family),
  );
  return inGroup === undefined ? contains(ranges, ip) : inGroup.spec.eip === eip;
}

function lead(c: Cluster, mayBeLed: (group: VipGroup) => boolean): boolean {
  let changed = false;
  for (const [name, group] of c.groups) {
    const holder = mayBeLed(group) ? group.spec.members[0]?.node : undefined;
    if (group.status?.holder === holder) continue;
    c.groups.set(name, { ...group, status: holder === undefined ? {} : { holder } });
    changed = true;
  }
  return changed;
}

function networkOf({ networks }: Cluster, node: string): AgentNetwork | 'untold' | undefined {
  const nics = networks[node];
  return nics && (parseNetwork(JSON.stringify({ nics })) ?? 'untold');
}

function shown({ groups }: Cluster): Record<string, string> {
  const ordered = [...groups].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return Object.fromEntries(
    ordered.map(([name, { spec }]) => [name, [spec.interface, spec.addresses.join()].filter((each) => each).join(' ')]),
  );
}

function checkIds(c: Cluster): void {
  const list = [...c.groups.values()];
  const agents = { network: (node: string) => networkOf(c, node) };
  for (const [at, a] of list.entries()) {
    for (const b of list.slice(at + 1)) {
      if (a.spec.ipFamily !== b.spec.ipFamily || a.spec.vrrp?.virtualRouterId !== b.spec.vrrp?.virtualRouterId)
        continue;
      const apart = !mayBeOne(lanOfGroup(a, agents), lanOfGroup(b, agents));
      assert.ok(apart, `${a.metadata.name} and ${b.metadata.name} have one ID on a LAN`);
    }
  }
}

/** As an agent chooses: the NIC with the smallest subnet, else that of the default route. */
function nicFor({ networks }: Cluster, node: string, ip: IpAddress): string {
  const network = parseNetwork(JSON.stringify({ nics: networks[node] ?? {} }))!;
  const near = [...network.nics].flatMap(([nic, list]) =>
    list.filter((each) => contains([subnetOf(each)], ip)).map(({ prefixLength }) => ({ nic, prefixLength })),
  );
  return near.sort((a, b) => b.prefixLength - a.prefixLength)[0]?.nic ?? 'default';
}

function checkNics(c: Cluster): void {
  for (const { metadata, spec } of c.groups.values()) {
    if (!spec.interface?.startsWith('subnet_of:')) continue;
    const near = parseIp(spec.interface.slice('subnet_of:'.length))!;
    for (const { node } of spec.members) {
      for (const address of spec.addresses) {
        const [chosen, right] = [nicFor(c, node, near), nicFor(c, node, parseIp(address)!)];
        assert.equal(chosen, right, `${node} has ${metadata.name} on ${chosen}, and ${address} is of ${right}`);
      }
    }
  }
}

function checkPlaced(c: Cluster): void {
  if (Object.keys(c.networks).length === 0 || [...c.unplaced.values()].some((count) => count > 0)) return;
  const pools = poolsOf(
    [...c.eips].map(([name, spec]): Eip => ({ metadata: { name }, spec: { address: '', ...spec } })),
  );
  const placed = new Set([...c.groups.values()].flatMap(({ spec }) => spec.addresses));
  for (const address of c.used) {
    if (pools.some(({ ranges, fault }) => fault === undefined && contains(ranges, parseIp(address)!)))
      assert.ok(placed.has(address), `${address} is in a group`);
  }
}

const anyNics = fc.record(
  {
    eth0: fc.constantFrom(['10.1.0.1/24'], ['10.1.0.1/16'], ['10.1.0.1/24', '10.3.0.1/24'], ['10.2.0.1/24'], []),
    eth1: fc.constantFrom(['10.2.0.1/24'], ['10.1.0.1/24'], ['10.3.0.1/16', 'fd00::1/64'], ['10.2.0.129/25']),
  },
  { requiredKeys: ['eth0'] },
);
const anyHistory = fc.record({
  lastId: fc.integer({ min: 4, max: 30 }),
  steps: fc.array(
    fc.record({
      networks: fc
        .array(fc.option(anyNics, { nil: undefined, freq: 6 }), { minLength: 1, maxLength: 4 })
        .map((list): Networks => Object.fromEntries(list.map((nics, at) => [`n${at}`, nics]))),
      eips: fc
        .tuple(
          fc.constantFrom('10.1.0.0/16', '10.1.0.64/26', '10.1.0.64/26,10.2.0.0/24', '10.1.0.0/24,192.0.2.0/29'),
          fc.constantFrom('10.3.0.0/24', '10.3.0.0/24,fd00::/120', '10.3.0.0/25,198.51.100.0/28'),
          fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
          fc.option(fc.constant('eth0'), { nil: undefined, freq: 5 }),
        )
        .map(([one, two, groups, nic]): Spec[] => [
          { address: one, ...(nic === undefined ? {} : { interface: nic }), ...(groups && { vrrp: { groups } }) },
          { address: two, ...(groups && { vrrp: { groups } }) },
        ]),
      used: fc.subarray([
        ...['10.1.0.70', '10.1.0.100', '10.1.0.101', '10.1.77.1', '10.2.0.5', '10.2.0.200'],
        ...['192.0.2.1', '10.3.0.5', '10.3.0.6', 'fd00::5', '198.51.100.3'],
      ]),
      led: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
