/**
 * Counts failovers that nothing but load causes: 10 ms adverts, every core busy, and the agents' main threads blocked 300 ms out of every 500.
 * keepalived has nodes of its own in the same network, at the same time. What watches each core above every other program tells when the
 * machine itself stood still, though not why. Every takeover counts for the exit code; those beside such a stall are told apart.
 *
 *   node --import=tsx test/bench/false-failovers.ts [--minutes 10] [--interval 10] [--busy 1] [--pods] [--request 50]
 *     [--json FILE]
 *
 * `--busy` is the share of the time that each core is kept busy: a virtual machine whose host gives it less than it has cores is
 * stopped by that host while all of them are busy all the time. With `--pods` each program is in a control group as its Pod has one: the
 * agents, and keepalived likewise, with the request of the chart's DaemonSet (or another one, in thousandths of a core), what keeps a core
 * busy with a request of one core. Kernels with
 * CONFIG_RT_GROUP_SCHED refuse real time there.
 */

import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { latenessBounds } from '../../src/agent/engine/lateness.js';
import type { EngineReport } from '../../src/agent/engine/messages.js';
import type { Micros } from '../../src/core/time.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import type { Process } from '../lab/process.js';
import { keepalived, openelbVip, type Task } from './contender.js';
import { controlGroups, request } from './control-groups.js';
import { stallText, watchStalls } from './stalls.js';
import { mayBeOf, type Takeover, takeoversOfAgent, takeoversOfKeepalived } from './takeovers.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    interval: { type: 'string', default: '10' },
    busy: { type: 'string', default: '1' },
    pods: { type: 'boolean', default: false },
    request: { type: 'string', default: '50' },
    json: { type: 'string' },
  },
});

if (!(Number(values.busy) > 0 && Number(values.busy) <= 1))
  throw new Error(`--busy: ${values.busy} is no share: give more than 0 and at most 1`);

/** What the agents' main threads do nothing for, as in block-main-thread.cjs. */
const blockedMs = 300;
/** The request of the agents, in thousandths of a core; the chart has 50. */
const agentsRequest = Number(values.request);
if (!(agentsRequest >= 1)) throw new Error(`--request: ${values.request} is none: give thousandths of a core`);
/** How long a router that woke listens before it leads: Active_Down_Interval, at most, and the time to say so. */
const consequencesMs = 5 * Number(values.interval);

const lab = await openLab('obff');
const ours = [await lab.addHost('n1', 11), await lab.addHost('n2', 12), await lab.addHost('n3', 13)];
const theirs = [await lab.addHost('k1', 21), await lab.addHost('k2', 22), await lab.addHost('k3', 23)];
const intervalMs = Number(values.interval);
const task: Task = { folder: lab.folder, nodes: ours, intervalMs, groups: addressesFrom(100) };
const referenceTask: Task = { ...task, nodes: theirs, groups: addressesFrom(200), firstVirtualRouterId: 101 };

const pods = values.pods ? controlGroups('cpu') : undefined;
/** Starts something as in a Pod that requests so much, when Pods are asked for. */
async function inPod<T>(name: string, millicores: number, start: () => T | Promise<T>): Promise<T> {
  if (pods === undefined) return start();
  return (await pods.start(name, start, (folder) => request(folder, millicores))).started;
}

process.env.NODE_OPTIONS = `--require=${join(projectRoot(), 'test/bench/programs/block-main-thread.cjs')}`;
const agents: Process[] = [];
for (const node of ours) agents.push(await inPod(node.name, agentsRequest, () => openelbVip.start(task, node)));
delete process.env.NODE_OPTIONS;
const references: Process[] = [];
for (const node of theirs)
  references.push(await inPod(node.name, agentsRequest, () => keepalived.start(referenceTask, node)));
await eventually('one holder of each address', async () => (await holders()).every((one) => one.length === 1), {
  withinMs: 30_000,
});
await wait(3000);

for (let core = 0; core < availableParallelism(); core += 1) {
  const burner = [join(projectRoot(), 'test/bench/programs/burn.cjs'), values.busy];
  await inPod(`burner${core}`, 1000, () => ours[0]!.start(`burner${core}`, process.execPath, burner));
}
const seen = watchStalls(ours[0]!, intervalMs / 2);
await wait(3000); // to start, they need the cores for longer than an agent may be late
const before = await leaderships();
const lateBefore = await lateBeyond(25_000);
const startedAt = Date.now();
let doubled = 0;
let unheld = 0;
let looks = 0;
while (Date.now() - startedAt < Number(values.minutes) * 60_000) {
  await wait(1000);
  looks += 1;
  const held = await holders();
  if (held.some((one) => one.length > 1)) doubled += 1;
  if (held.some((one) => one.length === 0)) unheld += 1;
  process.stderr.write(`\r${Math.round((Date.now() - startedAt) / 1000)} s `);
}
const minutes = (Date.now() - startedAt) / 60_000;
const takenOver = (await leaderships()) - before;
// A leader may miss one interval and two more before its peers have given it up.
const stalls = seen.filter(({ from, until }) => until - from > 2 * intervalMs);
const own = agents.flatMap((agent, index) => takeoversOfAgent(ours[index]!.name, agent.log(), blockedMs));
const reference = references.flatMap((one, index) => takeoversOfKeepalived(theirs[index]!.name, one.log()));
for (const stall of seen) console.log(stallText(stall));
for (const { node, latest } of [...own, ...reference].filter(isCounted)) {
  console.log(`${new Date(latest).toISOString()} ${node} leads`);
}
const longest = Math.max(0, ...seen.map(({ from, until }) => until - from));
const result = {
  intervalMs,
  busy: Number(values.busy),
  pods: values.pods,
  minutes: Number(minutes.toFixed(2)),
  groups: task.groups.length,
  nodes: ours.length,
  takeovers: takenOver,
  takeoversOutsideStalls: takenOver - own.filter(isOfStall).length,
  keepalivedTakeovers: reference.filter(isCounted).length,
  keepalivedTakeoversOutsideStalls: reference.filter((one) => isCounted(one) && !isOfStall(one)).length,
  stallsOfTwoIntervals: stalls.length,
  longestStallMs: Number(longest.toFixed(1)),
  looks,
  looksWithTwoHolders: doubled,
  looksWithNoHolder: unheld,
  laterThan25Ms: (await lateBeyond(25_000)) - lateBefore,
  worstLatenessMsSinceStart: await worstLateness(),
};
console.log(`\n${JSON.stringify(result)}`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result)}\n`);
lab.close();
if (pods !== undefined) {
  await wait(500); // until all have ended
  pods.remove();
}
process.exit(result.takeovers === 0 ? 0 : 1);

function isCounted({ earliest }: Takeover): boolean {
  return earliest >= startedAt;
}

function isOfStall(takeover: Takeover): boolean {
  return isCounted(takeover) && stalls.some((stall) => mayBeOf(stall, takeover, consequencesMs));
}

function addressesFrom(number: number): readonly (readonly string[])[] {
  return [0, 1, 2].map((index) => [`10.77.0.${number + index}`]);
}

async function holders(): Promise<readonly (readonly string[])[]> {
  const held = await Promise.all(ours.map(async (node) => ({ node: node.name, addresses: await node.addresses() })));
  return task.groups.map(([address]) => held.filter((one) => one.addresses.includes(address!)).map((one) => one.node));
}

/** How often any node became Active, since its agent started. */
async function leaderships(): Promise<number> {
  const counts = await Promise.all(ours.map((node) => metric(node, /^openelb_\S*transitions\S*active\S* (\d+)/im)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function worstLateness(): Promise<number> {
  const reports = await Promise.all(ours.map((node) => reportOf(node)));
  return Math.max(...reports.map(({ lateness }) => lateness.worst)) / 1000;
}

/** How often a router of ours was stepped later than that since its agent started. @param micros one of the bounds */
async function lateBeyond(micros: Micros): Promise<number> {
  const reports = await Promise.all(ours.map((node) => reportOf(node)));
  const beyond = latenessBounds.indexOf(micros) + 1;
  return reports.flatMap(({ lateness }) => lateness.counts.slice(beyond)).reduce((sum, count) => sum + count, 0);
}

async function reportOf(node: Host): Promise<EngineReport> {
  return JSON.parse(await ask(node, 'status')) as EngineReport;
}

async function ask(node: Host, what: 'metrics' | 'status'): Promise<string> {
  const script = `fetch('http://127.0.0.1:9640/${what}').then((r) => r.text()).then(console.log)`;
  return node.run(process.execPath, ['-e', script]);
}

async function metric(node: Host, pattern: RegExp): Promise<number> {
  const text = await ask(node, 'metrics');
  const match = pattern.exec(text);
  if (match === null) throw new Error(`${node.name}: no metric like ${pattern} in:\n${text}`);
  return Number(match[1]);
}
