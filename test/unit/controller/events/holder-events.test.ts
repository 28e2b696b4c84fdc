import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { createAssignments } from '../../../../src/controller/context/assignments.js';
import type { Context } from '../../../../src/controller/context/context.js';
import { createHolderEvents } from '../../../../src/controller/events/holder-events.js';
import { createStandings } from '../../../../src/controller/standing/standings.js';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

describe('the Events about holders', () => {
  it('tell a Service once who holds its address, and then each time it is another', () => {
    const cluster = createCluster(1);
    cluster.events.begin();
    cluster.setHolder('n1');
    cluster.clock.advance(1_000);
    cluster.setHolder('n1');
    cluster.clock.advance(1_000);
    cluster.setHolder('n2', 'no-response');
    cluster.clock.advance(1_000);
    assert.deepEqual(cluster.said, [
      's0: 10.0.0.0 is held by node n1',
      's0: 10.0.0.0 is held by node n2 (was n1: no-response)',
    ]);
  });

  it('say nothing of a holder that was one for a moment', () => {
    const cluster = createCluster(1, { told: 'n1' });
    cluster.events.begin();
    for (const holder of ['n2', 'n3', undefined, 'n1', 'n3', 'n1']) {
      cluster.setHolder(holder);
      cluster.clock.advance(60);
    }
    cluster.clock.advance(5_000);
    assert.deepEqual(cluster.said, []);
  });

  it('do not repeat after a restart what was told before it, and tell what has changed meanwhile', () => {
    const same = createCluster(3, { told: 'n1' });
    same.setHolder('n1');
    same.events.begin();
    same.clock.advance(10_000);
    assert.deepEqual(same.said, []);
    const moved = createCluster(1, { told: 'n1' });
    moved.setHolder('n2', 'priority-zero');
    moved.events.begin();
    moved.clock.advance(10_000);
    assert.deepEqual(moved.said, ['s0: 10.0.0.0 is held by node n2 (was n1: priority-zero)']);
  });

  it('are at most 200 at once and 50 a second: a thousand Services have heard of a failover after 16.5 s', () => {
    const cluster = createCluster(1000, { told: 'n1' });
    cluster.setHolder('n1');
    cluster.events.begin();
    cluster.clock.advance(60_000);
    cluster.setHolder('n2', 'no-response');
    cluster.clock.advance(500);
    assert.equal(cluster.said.length, 200);
    cluster.clock.advance(1_000);
    assert.ok(Math.abs(cluster.said.length - 250) <= 1, `${cluster.said.length}`);
    cluster.clock.advance(15_000);
    assert.ok(cluster.said.length >= 999, `${cluster.said.length}`);
    cluster.clock.advance(1_000);
    assert.equal(cluster.said.length, 1000);
    assert.deepEqual(cluster.events.stats(), { told: 1000, dropped: 0, waiting: 0 });
  });

  it('name the present holder also to those who had to wait', () => {
    const cluster = createCluster(1000, { told: 'n1' });
    cluster.setHolder('n1');
    cluster.events.begin();
    cluster.clock.advance(60_000);
    cluster.setHolder('n2', 'no-response');
    cluster.clock.advance(5_000);
    cluster.setHolder('n3', 'no-response');
    const before = cluster.said.length;
    assert.ok(before > 300 && before < 500, `${before}`);
    cluster.clock.advance(60_000);
    for (const line of cluster.said.slice(before)) assert.match(line, /held by node n3/);
    const toN3 = new Set(cluster.said.slice(before).map((line) => line.split(':')[0]));
    assert.equal(toN3.size, 1000);
  });

  it('are dropped and counted when they would come a minute late, and the next change is told all the same', () => {
    const cluster = createCluster(5000, { told: 'n1' });
    cluster.setHolder('n1');
    cluster.events.begin();
    cluster.clock.advance(60_000);
    cluster.setHolder('n2', 'no-response');
    cluster.clock.advance(120_000);
    const { told, dropped, waiting } = cluster.events.stats();
    assert.equal(told + dropped, 5000);
    assert.equal(waiting, 0);
    assert.ok(told >= 3_100 && told <= 3_250, `${told}`);
  });

  it('name all nodes that tell routers of an address, not only the first, and are told once', () => {
    const cluster = createCluster(2, { protocol: 'bgp' });
    cluster.events.begin();
    const announcing = (...nodes: readonly string[]) =>
      cluster.setReports(nodes.map((node) => ({ node, state: 'Announcing', routers: 2 })));
    announcing('n1');
    cluster.clock.advance(1_000);
    announcing('n1', 'n2');
    cluster.clock.advance(1_000);
    assert.deepEqual(cluster.said, []);
    announcing('n1', 'n2', 'n3');
    cluster.clock.advance(1_000);
    const words = ['s0: 10.0.0.0', 's1: 10.0.0.1'].map((who) => `${who} is announced by n1, n2, n3, to 2 routers each`);
    assert.deepEqual(cluster.said, words);
    announcing('n2', 'n3');
    cluster.clock.advance(10_000);
    assert.deepEqual(cluster.said, words, 'which nodes they are is told on the Eip');
  });

  it('name those that tell routers after three seconds, though others do not', () => {
    const cluster = createCluster(1, { protocol: 'bgp' });
    cluster.events.begin();
    cluster.setReports([{ node: 'n1', state: 'Announcing', routers: 1 }]);
    cluster.clock.advance(2_900);
    assert.deepEqual(cluster.said, []);
    cluster.clock.advance(200);
    assert.deepEqual(cluster.said, ['s0: 10.0.0.0 is announced by n1, to 1 router']);
  });

  it('are not repeated after a restart where routers were told before it', () => {
    const cluster = createCluster(1, { protocol: 'bgp', told: 'n1, n2, to 2 routers each' });
    cluster.setReports([{ node: 'n3', state: 'Announcing', routers: 2 }]);
    cluster.events.begin();
    cluster.clock.advance(10_000);
    assert.deepEqual(cluster.said, []);
  });

  it('are not told by who does not lead', () => {
    const cluster = createCluster(1);
    cluster.setHolder('n1');
    cluster.clock.advance(5_000);
    cluster.events.begin();
    cluster.setHolder('n2');
    cluster.events.end();
    cluster.clock.advance(5_000);
    assert.deepEqual(cluster.said, []);
    assert.deepEqual(cluster.clock.pending(), []);
  });

  it('tell a Local Service without endpoints once, and when it is served again', () => {
    const cluster = createCluster(1, { local: true, members: [] });
    cluster.events.begin();
    cluster.clock.advance(1_000);
    cluster.events.look('default/s0');
    cluster.clock.advance(1_000);
    assert.equal(cluster.said.length, 1);
    assert.match(cluster.said[0]!, /^s0: nobody announces 10\.0\.0\.0: .*and the Service has none/);
    cluster.ready.push('n1');
    cluster.setMembers(['n1']);
    cluster.clock.advance(1_000);
    cluster.setHolder('n1');
    cluster.clock.advance(1_000);
    assert.deepEqual(cluster.said.slice(1), [
      's0: 10.0.0.0 may be announced again, by n1',
      's0: 10.0.0.0 is held by node n1',
    ]);
  });

  it('tell that nobody knows while the holder is silent, and who it is when it is heard of again', () => {
    const cluster = createCluster(1);
    cluster.events.begin();
    cluster.setHolder('n1');
    cluster.clock.advance(1_000);
    cluster.silence('n1');
    cluster.clock.advance(1_000);
    cluster.silence('n1', false);
    cluster.clock.advance(1_000);
    assert.equal(cluster.said.length, 3);
    assert.match(
      cluster.said[1]!,
      /^s0: whether a node announces 10\.0\.0\.0 is not known: .*the agent of n1 has not been heard of/,
    );
    assert.equal(cluster.said[2], 's0: 10.0.0.0 is held by node n1');
  });

  it('tell that nobody leads once an election should be over, and what keeps the members at once', () => {
    const cluster = createCluster(1);
    cluster.events.begin();
    cluster.setReports([{ node: 'n1', state: 'Backup' }]);
    cluster.clock.advance(2_900);
    assert.deepEqual(cluster.said, []);
    cluster.clock.advance(1_000);
    assert.match(cluster.said[0]!, /^s0: nobody announces 10\.0\.0\.0: no node leads: n1 is Backup/);
    const message = 'there is no interface eth7';
    cluster.setReports(['n1', 'n2', 'n3'].map((node) => ({ node, state: 'Initialize', message })));
    cluster.clock.advance(600);
    assert.match(cluster.said[1]!, /no node can announce its addresses: n1: there is no interface eth7/);
    assert.equal(cluster.said.length, 2);
  });

  it('forget a Service that has no address any more', () => {
    const cluster = createCluster(1);
    cluster.events.begin();
    cluster.setHolder('n1');
    cluster.clock.advance(1_000);
    cluster.assignments.release('default/s0');
    cluster.events.look('default/s0');
    cluster.clock.advance(1_000);
    cluster.assign('s0', '10.0.0.0');
    cluster.events.look('default/s0');
    cluster.clock.advance(1_000);
    assert.equal(cluster.said.filter((line) => line === 's0: 10.0.0.0 is held by node n1').length, 2);
  });
});

/** One group of one Eip with an address for each of `count` Services. `told`: the holder that the Eip's status names. */
function createCluster(
  count: number,
  o: { told?: string; local?: boolean; members?: readonly string[]; protocol?: 'vip' | 'bgp' } = {},
) {
  const { protocol = 'vip' } = o;
  const clock = createManualClock();
  const said: string[] = [];
  const ready: string[] = [];
  const assignments = createAssignments();
  const assign = (name: string, ip: string) => {
    const terms = { namespace: 'default', asked: [], ports: [], local: o.local === true, selector: '' };
    const address = parseIp(ip)!;
    assignments.assign({ key: `default/${name}`, terms, created: '' }, [{ address, pool: 'lan' }]);
  };
  const addresses = Array.from({ length: count }, (_, at) => formatIp({ family: 4, value: (10n << 24n) + BigInt(at) }));
  for (const [at, ip] of addresses.entries()) assign(`s${at}`, ip);
  let group: VipGroup = {
    metadata: { name: 'lan-0' },
    spec: {
      eip: 'lan',
      protocol,
      addresses,
      members: (o.members ?? ['n1', 'n2', 'n3']).map((node, at) => ({ node, priority: 254 - 20 * at })),
    },
  };
  const holders = o.told === undefined ? {} : { holders: { 'lan-0': o.told } };
  const eip = { metadata: { name: 'lan' }, spec: { address: '10.0.0.0/16', protocol }, status: holders };
  const world = {
    eips: { get: () => eip },
    groupWith: (text: string) => (group.spec.addresses.includes(text) ? group : undefined),
    vipGroups: { list: () => [group] },
    services: { get: (key: string) => ({ metadata: { namespace: 'default', name: key.slice(8) } }) },
    pools: () => [{ name: 'lan', eip }],
    nodes: () => ['n1', 'n2', 'n3'].map((name) => ({ metadata: { name } })),
    readyNodes: () => ready,
    routing: () => ({ conf: undefined, otherConfs: [], peers: [] }),
  };
  const recorder = {
    event: ({ name }: { name: string }, _type: string, _reason: string, message: string) => {
      said.push(`${name}: ${message}`);
    },
  };
  const silent = new Set<string>();
  const standings = createStandings({
    world: { ...world, vipGroups: { list: () => [group], get: () => group } } as unknown as Context['world'],
    agents: { silence: (node) => (silent.has(node) ? { reason: 'NoHeartbeat', sinceMs: 0 } : undefined) },
    unplaced: () => [],
    barred: () => undefined,
    clock,
    onUnled: ({ spec }) => events.standing(spec.addresses),
    onUngrouped: (address) => events.standing([address]),
  });
  const events = createHolderEvents({ world, assignments, standings, recorder, clock } as unknown as Context);
  const change = (next: VipGroup) => {
    const previous = group;
    group = next;
    standings.seen('lan-0');
    events.group(next, previous);
  };
  return {
    clock,
    said,
    ready,
    assignments,
    assign,
    events,
    /** The agent of a node is heard of no more, or again. */
    silence: (node: string, is = true) => {
      if (is) silent.add(node);
      else silent.delete(node);
      standings.seen('lan-0');
      events.standing(group.spec.addresses);
    },
    setReports: (members: NonNullable<VipGroup['status']>['members']) => change({ ...group, status: { members } }),
    setHolder: (holder: string | undefined, reason = 'no-response') =>
      change({ ...group, status: holder === undefined ? {} : { holder, reason } }),
    setMembers: (members: readonly string[]) =>
      change({ ...group, spec: { ...group.spec, members: members.map((node) => ({ node, priority: 254 })) } }),
  };
}
