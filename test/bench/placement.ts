/**
 * Placement on a real API server: whether the controller is at rest with more groups wanted than there are virtual router IDs, and how much
 * the agents of a large cluster read while Services come and go. The agents' part is played by this program: it writes what they would.
 *
 *   KUBEBUILDER_ASSETS=… node --import=tsx test/bench/placement.ts [--scenarios rest,volume] [--nodes 16] [--pools 20] [--seconds 60]
 *       [--agents 500] [--volume-pools 10] [--rate 100] [--life 5]
 *
 * Services live for `--life` seconds; with 0 they stay.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { forEachBounded } from '../../src/controller/groups/bounded.js';
import { vipGroups } from '../../src/controller/objects/resources.js';
import { membershipsIn } from '../../src/core/placement/group.js';
import { namespaces, nodes } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { startBuiltController, writesIn } from '../cluster/built-controller.js';
import { newGroupChanges, noteChange } from '../cluster/group-changes.js';
import { countGroupReads } from '../cluster/group-reads.js';
import { type Cluster, startCluster } from '../cluster/harness.js';
import { playHeartbeats } from '../cluster/played-heartbeats.js';
import { reportMembers } from '../cluster/report-members.js';
import { createPool, createService, removeServices } from '../cluster/service-load.js';
import { figure, quantile, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: 'rest,volume' },
    nodes: { type: 'string', default: '16' },
    pools: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    agents: { type: 'string', default: '500' },
    'volume-pools': { type: 'string', default: '10' },
    rate: { type: 'string', default: '100' },
    life: { type: 'string', default: '5' },
  },
});

interface Bench {
  readonly cluster: Cluster;
  readonly client: ApiClient;
}

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: string;
}

const lifeMs = Number(values.life) * 1_000;
/** So many Services are being created or removed at once, at most: a server that does not keep up shows in the rate, not in timeouts. */
const mostUnderWay = 60;
const say = (text: string) => process.stderr.write(`${text}\n`);

async function rest({ cluster, client }: Bench): Promise<Figure[]> {
  const [count, pools, seconds] = [Number(values.nodes), Number(values.pools), Number(values.seconds)];
  await createNodes(client, count);
  for (let pool = 0; pool < pools; pool++) await createPool(client, `rest-${pool}`, `10.${100 + pool}.0.0/20`);
  const controller = await startBuiltController(cluster);
  await controller.settled(120_000);
  const made = writesIn(await controller.metrics());
  const { items } = await client.list<VipGroup>(vipGroups);
  const ids = new Set(items.map(({ spec }) => spec.vrrp?.virtualRouterId));
  await forEachBounded(items, 3, (group) => reportMembers(client, group));
  await controller.settled(120_000);
  const before = writesIn(await controller.metrics());
  await wait(seconds * 1000);
  const writes = writesIn(await controller.metrics()) - before;
  await controller.stop();
  const again = await startBuiltController(cluster);
  await again.settled(120_000);
  const restart = writesIn(await again.metrics());
  await again.stop();
  return [
    { what: `${count} nodes, ${pools} pools: VipGroups`, value: items.length, unit: '' },
    { what: '… distinct virtual router IDs', value: ids.size, unit: '', goal: `${items.length}` },
    { what: '… writes until they are there', value: made, unit: '' },
    { what: `… writes at rest, in ${seconds} s`, value: writes, unit: '', goal: '0' },
    { what: '… writes after a restart', value: restart, unit: '', goal: '0' },
  ];
}

async function volume({ cluster, client }: Bench): Promise<Figure[]> {
  const [agents, pools, rate, seconds] = [values.agents, values['volume-pools'], values.rate, values.seconds].map(
    Number,
  ) as [number, number, number, number];
  await createNodes(client, agents);
  const names = Array.from({ length: agents }, (_, at) => nodeName(at));
  const heartbeats = await playHeartbeats(client, 'openelb-system', names);
  for (let pool = 0; pool < pools; pool++) await createPool(client, `volume-${pool}`, `10.${100 + pool}.0.0/20`);
  const controller = await startBuiltController(cluster);
  await controller.settled(120_000);
  const { items } = await client.list<VipGroup>(vipGroups);
  await forEachBounded(items, 3, (group) => reportMembers(client, group));
  await controller.settled(120_000);
  const members = items.map(({ spec }) => spec.members.length);
  const groupsOf = membershipsIn(items.map(({ spec }) => spec));

  const chosen = nodeName(1);
  const before = await client.list<VipGroup>(vipGroups);
  const changes = newGroupChanges(before.items);
  const reads = countGroupReads(client, {
    nodes: names,
    chosen,
    resourceVersion: before.metadata.resourceVersion,
    bookmarks: true,
    onObject: (group) => noteChange(changes, group),
  });
  await wait(1_000);
  const began = performance.now();
  const pending: Promise<unknown>[] = [];
  const remover = client.reopen();
  let underWay = 0;
  for (let at = 0; at < rate * seconds; at++) {
    do await wait(Math.max(0, began + (at * 1000) / rate - performance.now()));
    while (underWay >= mostUnderWay);
    underWay += 1;
    const name = `volume-${at}`;
    pending.push(
      createService(client, name, `volume-${at % pools}`).then(async () => {
        underWay -= 1;
        if (lifeMs === 0) return;
        await wait(lifeMs);
        underWay += 1;
        await removeServices(remover, [name]);
        underWay -= 1;
      }),
    );
  }
  await Promise.all(pending);
  const minutes = (performance.now() - began) / 60_000;
  await wait(2_000);
  await reads.stop();
  const after = (await client.list<VipGroup>(vipGroups)).items;
  const lost = after.flatMap(({ status }) => (status?.members ?? []).filter(({ state }) => state === 'Lost')).length;
  const addresses = after.map(({ spec }) => spec.addresses.length);
  await controller.stop();
  const missed = await heartbeats.stop();
  const ofEvents = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([key, sum]) => [key, sum / reads.events] as const).sort(([, a], [, b]) => b - a);
  for (const [kind, share] of ofEvents(changes.kinds)) say(`  ${(100 * share).toFixed(1)} % of events: ${kind}`);
  for (const [part, mean] of ofEvents(changes.bytes)) say(`  ${mean.toFixed(0)} bytes of an event: ${part}`);
  const perMinute = [...reads.byNode.values()].map((bytes) => bytes / minutes / 1e6);
  const mean = perMinute.reduce((sum, each) => sum + each, 0) / perMinute.length;
  return [
    { what: `${agents} agents, ${pools} pools: VipGroups`, value: items.length, unit: '' },
    { what: '… members of a group, at most', value: Math.max(...members), unit: '' },
    {
      what: '… Services a second',
      value: (rate * seconds) / (minutes * 60 - lifeMs / 1000),
      unit: '/s',
      goal: `${rate}`,
    },
    { what: '… groups of a node, at most', value: Math.max(...groupsOf.values()), unit: '' },
    { what: '… members taken for lost in the end', value: lost, unit: '', goal: '0' },
    { what: '… renewals of Leases that failed', value: missed, unit: '', goal: '0' },
    { what: '… addresses of a group in the end, at most', value: Math.max(...addresses), unit: '' },
    { what: '… bytes of an event, mean', value: reads.all / reads.events, unit: '' },
    { what: '… events of VipGroups a second', value: reads.events / (minutes * 60), unit: '/s' },
    { what: `… read by an agent, mean of ${reads.byNode.size}`, value: mean, unit: 'MB/min', goal: '< 1' },
    { what: '… p99', value: quantile(perMinute, 0.99), unit: 'MB/min', goal: '< 1' },
    { what: '… the most', value: Math.max(...perMinute), unit: 'MB/min', goal: '< 1' },
    { what: `… by the watch of ${chosen} itself`, value: reads.chosen / minutes / 1e6, unit: 'MB/min' },
    { what: '… as counted for it', value: (reads.byNode.get(chosen) ?? 0) / minutes / 1e6, unit: 'MB/min' },
  ];
}

function nodeName(at: number): string {
  return `node-${String(at).padStart(3, '0')}`;
}

async function createNodes(client: ApiClient, count: number): Promise<void> {
  await forEachBounded(
    Array.from({ length: count }, (_, at) => nodeName(at)),
    8,
    async (name) => {
      await client.create(nodes, { metadata: { name } });
    },
  );
}

async function openBench(scenario: string): Promise<Bench> {
  const cluster = await startCluster({ fewServices: scenario === 'volume' });
  const client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
  const { kubectl } = await unpackTools();
  const crds = join(projectRoot(), 'deploy', 'crds');
  await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, 'apply', '--server-side', '-f', crds]);
  const established = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'];
  await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, ...established]);
  await client.create(namespaces, { metadata: { name: 'openelb-system' } });
  return { cluster, client };
}

const scenarios = { rest, volume };
const all: Figure[] = [];
for (const name of values.scenarios.split(',') as (keyof typeof scenarios)[]) {
  const bench = await openBench(name);
  try {
    say(`${name} on ${bench.cluster.kind === 'real' ? 'a real kube-apiserver' : 'the small API server'}`);
    const figures = await scenarios[name](bench);
    for (const { what, value, unit } of figures) say(`  ${what}: ${figure(value)} ${unit}`);
    all.push(...figures);
  } finally {
    bench.client.close();
    await bench.cluster.stop();
  }
}
console.log(
  table(
    ['what', 'figure', 'goal'],
    all.map(({ what, value, unit, goal }) => [what, `${figure(value)} ${unit}`.trim(), goal ?? '']),
  ),
);
process.exit(0);
