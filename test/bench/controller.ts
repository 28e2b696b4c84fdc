/**
 * The controller on a real API server: how fast it starts, serves many waiting Services and follows churn, what it costs in memory and
 * writes, and how large its objects get. API server, etcd, controller and this program share the machine.
 *
 *   KUBEBUILDER_ASSETS=… node --import=tsx test/bench/controller.ts [--scenarios start,scale,churn,size] [--services 10000] [--pools 10]
 *       [--rate 100] [--seconds 60] [--one-pool 20000] [--json FILE]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { namespaces, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { startCache } from '../../src/platform/kubernetes/cache.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { startBuiltController, writesIn } from '../cluster/built-controller.js';
import { type Cluster, startCluster } from '../cluster/harness.js';
import { createPool, createService, createServices, removeServices, servedAddresses } from '../cluster/service-load.js';
import { eventually } from '../lab/eventually.js';
import { figure, median, quantile, table } from './statistics.js';

interface Bench {
  readonly cluster: Cluster;
  readonly client: ApiClient;
}

/** One line of the table. */
interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: string;
}

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: 'start,scale,churn,size' },
    services: { type: 'string', default: '10000' },
    pools: { type: 'string', default: '10' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    'one-pool': { type: 'string', default: '20000' },
    json: { type: 'string' },
  },
});

const say = (text: string) => process.stderr.write(`${text}\n`);

async function start({ cluster }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const inCluster of cluster.kind === 'real' ? [false, true] : [false]) {
    const mode = inCluster ? 'as in a pod' : 'with a kubeconfig';
    const times: number[] = [];
    let megabytes = 0;
    for (let i = 0; i < 7; i += 1) {
      const controller = await startBuiltController(cluster, { inCluster });
      times.push(controller.startedMs);
      await wait(500);
      megabytes = controller.memory().now;
      await controller.stop();
    }
    figures.push({ what: `start-up ${mode} (median of 7)`, value: median(times), unit: 'ms', goal: '< 500' });
    figures.push({ what: `resident, idle, ${mode}`, value: megabytes, unit: 'MB', goal: '< 100' });
  }
  return figures;
}

async function scale({ cluster, client }: Bench): Promise<Figure[]> {
  const [count, pools] = [Number(values.services), Number(values.pools)];
  const names = Array.from({ length: count }, (_, i) => [`scale-${i}`, `scale-${i % pools}`] as const);
  for (let pool = 0; pool < pools; pool += 1) {
    await createPool(client, `scale-${pool}`, `10.${100 + pool}.0.0/20`);
  }
  const created = await timed(() => createServices(client, names));
  say(`${count} Services created in ${figure(created / 1000)} s`);

  const controller = await startBuiltController(cluster);
  const began = performance.now();
  await eventually(
    'every Service served',
    async () => inUse(await controller.metrics(), 'scale-') === count && (await servedAddresses(client)).size >= count,
    { withinMs: 600_000, everyMs: 500 },
  );
  const served = performance.now() - began;
  await controller.settled(120_000);
  const addresses = new Set((await servedAddresses(client)).values());
  if (addresses.size < count) throw new Error(`only ${addresses.size} different addresses for ${count} Services`);
  const writes = writesIn(await controller.metrics());
  const { peak } = controller.memory();
  await controller.stop();

  const again = await startBuiltController(cluster);
  const from = performance.now() - again.startedMs;
  await again.settled(120_000);
  const ready = performance.now() - from;
  const restartWrites = writesIn(await again.metrics());
  const figures = [
    { what: `${count} waiting Services of ${pools} pools served`, value: served / 1000, unit: 's', goal: '<= 60' },
    { what: 'writes per Service, all kinds', value: writes / count, unit: '' },
    { what: 'peak resident', value: peak, unit: 'MB', goal: '<= 179' },
    { what: 'restart: everything looked at', value: ready / 1000, unit: 's', goal: '<= 5' },
    { what: 'restart: writes', value: restartWrites, unit: '', goal: '0' },
    { what: 'restart: peak resident', value: again.memory().peak, unit: 'MB', goal: '<= 179' },
  ];
  await again.stop();
  return figures;
}

/** Services come and go at a rate; each lives five seconds. */
async function churn({ cluster, client }: Bench): Promise<Figure[]> {
  const [rate, seconds, lifeMs] = [Number(values.rate), Number(values.seconds), 5000];
  await createPool(client, 'churn', '10.200.0.0/20');
  const controller = await startBuiltController(cluster);
  await controller.settled(120_000);
  /** When this program was told of a Service by its watch: what the server took to create it is not the controller's. */
  const createdAt = new Map<string, number>();
  const delays: number[] = [];
  const creations: number[] = [];
  let modifications = 0;
  const watcher = client.reopen();
  const cache = startCache<Service>(watcher, services, {
    onChange: (key, object, previous) => {
      if (object === undefined || !key.startsWith('default/churn-')) return;
      if (previous === undefined) createdAt.set(key, performance.now());
      else modifications += 1;
      const since = createdAt.get(key);
      if (since === undefined || object.status?.loadBalancer?.ingress === undefined) return;
      delays.push(performance.now() - since);
      createdAt.delete(key);
    },
    admit: (object) => {
      const { metadata, status } = object as Service;
      return { object: { metadata, ...(status === undefined ? {} : { status }) } };
    },
  });
  await cache.synced;
  const remover = client.reopen();
  const pending: Promise<unknown>[] = [];
  const began = performance.now();
  for (let i = 0; i < rate * seconds; i += 1) {
    await wait(Math.max(0, began + (i * 1000) / rate - performance.now()));
    const name = `churn-${i}`;
    const requested = performance.now();
    const life = createService(client, name, 'churn').then(async () => {
      creations.push(performance.now() - requested);
      await wait(lifeMs);
      await removeServices(remover, [name]);
    });
    pending.push(life);
  }
  await Promise.all(pending);
  const reached = (rate * seconds * 1000) / (performance.now() - began - lifeMs);
  const unserved = createdAt.size;
  await controller.settled(60_000);
  const { peak } = controller.memory();
  await Promise.all([cache.stop(), controller.stop()]);
  return [
    { what: `churn: Services a second, for ${seconds} s`, value: reached, unit: '/s', goal: `${rate}` },
    { what: "churn: the server's own time to create one, median", value: median(creations), unit: 'ms' },
    { what: "churn: the server's own time to create one, p99", value: quantile(creations, 0.99), unit: 'ms' },
    { what: 'churn: creation to status, median', value: median(delays), unit: 'ms' },
    { what: 'churn: creation to status, p99', value: quantile(delays, 0.99), unit: 'ms', goal: '< 300' },
    { what: 'churn: writes to a Service', value: modifications / (rate * seconds), unit: '', goal: '1' },
    { what: 'churn: never served', value: unserved, unit: '', goal: '0' },
    { what: 'churn: peak resident', value: peak, unit: 'MB' },
  ];
}

async function size({ cluster, client }: Bench): Promise<Figure[]> {
  const count = Number(values['one-pool']);
  await createPool(client, 'one', '10.64.0.0/16');
  const controller = await startBuiltController(cluster);
  const names = function* () {
    for (let i = 0; i < count; i += 1) yield [`a-service-with-a-name-of-some-length-${i}`, 'one'] as const;
  };
  const took = await timed(() => createServices(client, names()));
  say(`${count} Services created in ${figure(took / 1000)} s`);
  await eventually('every address in use', async () => inUse(await controller.metrics(), 'one') === count, {
    withinMs: 600_000,
    everyMs: 500,
  });
  await controller.settled(120_000);
  const bytes = (object: unknown) => JSON.stringify(object).length;
  const groups = await eventually(
    'every address in a VipGroup',
    async () => {
      const { items } = await client.list<VipGroup>(vipGroups);
      return items.reduce((sum, { spec }) => sum + spec.addresses.length, 0) === count && items;
    },
    { withinMs: 60_000, everyMs: 500 },
  );
  const eip = await client.get<{ status?: { usage?: number } }>(eips, 'one');
  const figures = [
    { what: `${count} addresses in one pool: Eip`, value: bytes(eip) / 1024, unit: 'KiB', goal: '<= 512' },
    { what: '… its status.usage', value: eip?.status?.usage ?? Number.NaN, unit: '', goal: `${count}` },
    { what: '… its VipGroups', value: groups.length, unit: '' },
    { what: '… the largest VipGroup', value: Math.max(...groups.map(bytes)) / 1024, unit: 'KiB', goal: '<= 512' },
    { what: '… peak resident', value: controller.memory().peak, unit: 'MB' },
  ];
  await controller.stop();
  return figures;
}

function inUse(metrics: ReadonlyMap<string, number>, prefix: string): number {
  let sum = 0;
  for (const [series, value] of metrics) {
    if (series.startsWith(`openelb_eip_addresses_in_use{eip="${prefix}`)) sum += value;
  }
  return sum;
}

async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

async function openBench(scenario: string): Promise<Bench> {
  const cluster = await startCluster({ fewServices: scenario === 'churn', audit: false });
  const client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
  const { kubectl } = await unpackTools();
  const crds = join(projectRoot(), 'deploy', 'crds');
  await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, 'apply', '--server-side', '-f', crds]);
  const established = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'];
  await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, ...established]);
  await client.create(namespaces, { metadata: { name: 'openelb-system' } });
  for (const name of ['node-0', 'node-1', 'node-2']) await client.create(nodes, { metadata: { name } });
  return { cluster, client };
}

const scenarios = { start, scale, churn, size };
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
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, null, 1)}\n`);
process.exit(0);
