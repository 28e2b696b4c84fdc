/**
 * Counts failovers that nothing but load causes: 10 ms adverts, every core busy, and the agents' main threads blocked 300 ms out of every 500.
 *
 *   node --import=tsx test/bench/false-failovers.ts [--minutes 10] [--interval 10] [--json FILE]
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import { openelbVip, type Task } from './contender.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    interval: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});

process.env.NODE_OPTIONS = `--require=${join(projectRoot(), 'test/bench/programs/block-main-thread.cjs')}`;
const lab = await openLab('obff');
const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12), await lab.addHost('n3', 13)];
const groups = [['10.77.0.100'], ['10.77.0.101'], ['10.77.0.102']];
const task: Task = { folder: lab.folder, nodes, intervalMs: Number(values.interval), groups };
for (const node of nodes) await openelbVip.start(task, node);
delete process.env.NODE_OPTIONS;
await eventually('one holder of each address', async () => (await holders()).every((one) => one.length === 1), {
  withinMs: 30_000,
});
await wait(3000);

for (let core = 0; core < availableParallelism(); core += 1) {
  nodes[0]!.start(`burner${core}`, process.execPath, ['-e', 'for (;;);']);
}
const before = await transitions();
const started = performance.now();
let doubled = 0;
let unheld = 0;
let looks = 0;
while (performance.now() - started < Number(values.minutes) * 60_000) {
  await wait(1000);
  looks += 1;
  const held = await holders();
  if (held.some((one) => one.length > 1)) doubled += 1;
  if (held.some((one) => one.length === 0)) unheld += 1;
  process.stderr.write(`\r${Math.round((performance.now() - started) / 1000)} s `);
}
const minutes = (performance.now() - started) / 60_000;
const result = {
  intervalMs: task.intervalMs,
  minutes: Number(minutes.toFixed(2)),
  groups: groups.length,
  nodes: nodes.length,
  falseFailovers: (await transitions()) - before,
  looks,
  looksWithTwoHolders: doubled,
  looksWithNoHolder: unheld,
  worstLatenessMs: await worstLateness(),
};
console.log(`\n${JSON.stringify(result)}`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result)}\n`);
process.exit(result.falseFailovers === 0 ? 0 : 1);

async function holders(): Promise<readonly (readonly string[])[]> {
  const held = await Promise.all(nodes.map(async (node) => ({ node: node.name, addresses: await node.addresses() })));
  return groups.map(([address]) => held.filter((one) => one.addresses.includes(address!)).map((one) => one.node));
}

/** How often any node became Active, since its agent started. */
async function transitions(): Promise<number> {
  const counts = await Promise.all(nodes.map((node) => metric(node, /^openelb_\S*transitions\S*active\S* (\d+)/im)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function worstLateness(): Promise<number> {
  const seconds = await Promise.all(nodes.map((node) => metric(node, /^openelb_\S*lateness\S* ([\d.e-]+)/im)));
  return Math.max(...seconds) * 1000;
}

async function metric(node: Host, pattern: RegExp): Promise<number> {
  const text = await node.run(process.execPath, [
    '-e',
    "fetch('http://127.0.0.1:9640/metrics').then((r) => r.text()).then(console.log)",
  ]);
  const match = pattern.exec(text);
  if (match === null) throw new Error(`${node.name}: no metric like ${pattern} in:\n${text}`);
  return Number(match[1]);
}
