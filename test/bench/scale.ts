/**
 * A large cluster on a real API server: the built controller, and agents without a kernel whose watches, heartbeats and statuses are the real
 * ones (`scale/thin-agent`). What it costs the API server in requests and octets: at rest, while Services come and go and endpoints move, when
 * all agents are started anew, when a tenth of the nodes is lost at once; and how long until everything that is shown is true. For several
 * sizes, since what grows faster than the cluster is a defect. API server, etcd, controller and all agents share the machine.
 *
 *   KUBEBUILDER_ASSETS=… node --import=tsx test/bench/scale.ts [--nodes 125,250,500] [--services 20] [--local 2] [--rate 100] [--seconds 30]
 *       [--rest 20]
 *
 * `--services` and `--local` are for each node: Services, and those of them with externalTrafficPolicy Local.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBuiltController } from '../cluster/built-controller.js';
import { type InstalledCluster, startInstalledCluster } from '../cluster/installed-cluster.js';
import { eventually } from '../lab/eventually.js';
import { createRandom } from '../simulation/random.js';
import { type Cost, type Counted, costSince, countNow } from './scale/costs.js';
import { churn, furnish, type Size, served } from './scale/load.js';
import { startThinAgents, type ThinAgents, wayTo } from './scale/thin-agents.js';
import { addressesShown, type Shown, untrueGroups, watchShown } from './scale/truth.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '125,250,500' },
    services: { type: 'string', default: '20' },
    local: { type: 'string', default: '2' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '30' },
    rest: { type: 'string', default: '20' },
  },
});
const namespace = 'openelb-system';
const lifeMs = 5_000;
/** Of all nodes, how many are lost at once; and how many agents are started anew at the same time. */
const [lostShare, rollingShare] = [0.1, 0.1];

const say = (text: string) => process.stderr.write(`${text}\n`);

interface Bench {
  readonly size: Size;
  readonly installed: InstalledCluster;
  readonly agents: ThinAgents;
  readonly shown: Shown;
  readonly counted: Counted;
}

/** What came of one phase, and how long it then took until everything that was shown was true, in seconds. */
interface Phase {
  readonly name: string;
  readonly cost: Cost;
  readonly trueAfter: number;
  readonly queue?: { readonly first: number; readonly last: number; readonly drained: number };
}

/** Resolves once nothing is shown that is not so, with how many seconds that took. */
async function untilTrue({ shown, agents: { lan }, size, counted }: Bench, withinMs = 120_000): Promise<number> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const state = () =>
    `  ${figure(seconds())} s: ${shown.groups.size} groups, ${addressesShown(shown)} addresses, ${untrueGroups(shown, lan)} groups not as shown, ${counted.agentCalls()} requests of agents`;
  const telling = setInterval(() => say(state()), 10_000);
  const isTrue = () =>
    shown.groups.size >= size.groups && addressesShown(shown) >= size.services && untrueGroups(shown, lan) === 0;
  try {
    await eventually('the truth', isTrue, { withinMs, everyMs: 100, onTimeout: state });
  } finally {
    clearInterval(telling);
  }
  return seconds();
}

/** @param counts what it costs until then as well, or only while it runs */
async function phase(
  bench: Bench,
  name: string,
  run: () => Promise<unknown>,
  counts: 'until-true' | 'run' = 'until-true',
): Promise<Phase> {
  const before = await countNow(bench.counted);
  await run();
  const ran = await costSince(bench.counted, before);
  const trueAfter = await untilTrue(bench);
  const found = { name, cost: counts === 'run' ? ran : await costSince(bench.counted, before), trueAfter };
  say(`  ${cells(found, bench.size.nodes.length).join(' | ')}`);
  return found;
}

/** What waits in the controller's queue, at most, in the first and in the second half; and for how long it does so afterwards. */
async function churned(bench: Bench): Promise<Phase> {
  const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
  const { controller } = bench.counted;
  const depths: number[] = [];
  const depth = async () => (await controller.metrics()).get('openelb_controller_queue_depth') ?? 0;
  const looking = setInterval(() => void depth().then((found) => depths.push(found)), 500);
  const run = () => churn(bench.installed.client, bench.size, createRandom('churn'), { rate, seconds, lifeMs });
  const found = await phase(bench, 'churn', run, 'run');
  clearInterval(looking);
  const ended = performance.now();
  await controller.settled(120_000);
  const half = Math.floor(depths.length / 2);
  const most = (list: readonly number[]) => Math.max(0, ...list);
  const drained = (performance.now() - ended) / 1000;
  return { ...found, queue: { first: most(depths.slice(0, half)), last: most(depths.slice(half)), drained } };
}

async function measure(count: number): Promise<readonly Phase[]> {
  const size: Size = {
    nodes: Array.from({ length: count }, (_, at) => `n${at + 1}`),
    services: count * Number(values.services),
    locals: count * Number(values.local),
    ...{ groups: Math.ceil(count * 0.012) * 20, sets: Math.round(count * 0.36) },
  };
  say(
    `${count} nodes, ${size.services} Services of which ${size.locals} Local, ${size.groups} groups and ${size.sets} for Local Services`,
  );
  const installed = await startInstalledCluster([], {}, {});
  const folder = await mkdtemp(join(tmpdir(), 'bench-scale-'));
  try {
    const bench = await openBench(installed, folder, size);
    const began = performance.now();
    await untilTrue(bench);
    say(`  everything true ${figure((performance.now() - began) / 1000)} s after the start`);
    if ((await served(installed.client)) !== size.services) throw new Error('not every Service is served');
    await bench.counted.controller.settled(120_000);
    await wait(12_000); // what is written once the first heartbeats have aged
    const phases = [
      await phase(bench, 'rest', async () => void (await wait(Number(values.rest) * 1000)), 'run'),
      await churned(bench),
      await phase(bench, 'all agents anew', () => bench.agents.restart(Math.ceil(count * rollingShare))),
      await phase(bench, 'a tenth of the nodes lost', bench.agents.lose),
    ];
    const { now, peak } = bench.counted.controller.memory();
    const own = process.memoryUsage().rss / 1e6;
    say(
      `  controller ${figure(now)} MB, at most ${figure(peak)}; ${figure(own / count)} MB of this process for each agent`,
    );
    await Promise.all([bench.shown.stop(), bench.counted.controller.stop()]);
    await bench.agents.stop();
    return phases;
  } finally {
    await installed.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openBench(installed: InstalledCluster, folder: string, size: Size): Promise<Bench> {
  const { cluster, client } = installed;
  await furnish(client, size, createRandom('scale'));
  say('  nodes, pools and Services are there');
  const { passage: controllerWay, kubeconfig } = await wayTo(cluster, folder, 'controller');
  const controller = await startBuiltController({ ...cluster, kubeconfig });
  const doomed = size.nodes.slice(-Math.round(size.nodes.length * lostShare));
  const agents = await startThinAgents({ cluster, folder, namespace, nodes: size.nodes, doomed });
  const connections = agents.ways.reduce((sum, each) => sum + each.connections(), 0);
  say(`  ${size.nodes.length} agents have ${connections} connections`);
  const counted = { controller, agentCalls: agents.calls, agentWays: agents.ways, controllerWay };
  return { size, installed, agents, shown: await watchShown(client), counted };
}

const header = [
  'nodes',
  'phase',
  'agents, requests/s',
  'for each 100 nodes',
  'agents, kB/s',
  'controller, requests/s',
  'controller, kB/s',
  'its cores',
  'true after, s',
  'queue, first and second half',
];

function cells({ name, cost, trueAfter, queue }: Phase, count: number): readonly string[] {
  return [
    String(count),
    name,
    ...[cost.agentRequests, (cost.agentRequests + cost.controllerRequests) / (count / 100)].map(figure),
    ...[cost.agentKilobytes, cost.controllerRequests, cost.controllerKilobytes, cost.controllerCores].map(figure),
    figure(trueAfter),
    queue === undefined ? '' : `${queue.first}, ${queue.last}, empty after ${figure(queue.drained)} s`,
  ];
}

const rows: (readonly string[])[] = [];
for (const count of values.nodes.split(',').map(Number)) {
  const phases = await measure(count);
  rows.push(...phases.map((each) => cells(each, count)));
}
console.log(table(header, rows));
process.exit(0);
