/**
 * Counts sessions that BFD loses though no path is cut: 50 ms x 3 with every core busy, and the agent's main thread blocked 300 ms out of every
 * 500. FRR speaks with the same routers from a node of its own, at the same time. What watches each core above every other program tells
 * when the machine itself stood still. A session is lost when a router takes the route away; both ends run on this machine, and
 * either may be the one that was late.
 *
 *   node build/test/bench/bfd-under-load.js [--minutes 5] [--interval 50] [--busy 1]     as root, compiled and built
 *
 * `--busy` is as of false-failovers.ts. Exits with 1 when a session of ours was lost outside a stall.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { monotonicMicros } from '../lab/clock.js';
import { openLab } from '../lab/lab.js';
import { eventuallyGateways, watchRoutes } from '../lab/routers/kernel-routes.js';
import { startRouter } from '../lab/routers/start.js';
import { configurationOf, groupsOf } from './bgp-contenders.js';
import { stallText, watchStalls } from './stalls.js';
import { table } from './statistics.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    interval: { type: 'string', default: '50' },
    busy: { type: 'string', default: '1' },
  },
});
const intervalMs = Number(values.interval);
const detectionMs = 3 * intervalMs;
const kinds = ['frr', 'bird'] as const;

const lab = await openLab('bfdload');
const routers = [await lab.addHost('r1', 1), await lab.addHost('r2', 2)];
const node = await lab.addHost('n1', 11);
const reference = await lab.addHost('k1', 12);
const bfd = { intervalMs, multiplier: 3 };
const speakers = [
  { name: 'openelb-vip', host: node, prefix: '192.0.2.1/32' },
  { name: 'FRR', host: reference, prefix: '192.0.2.2/32' },
];

for (const [i, kind] of kinds.entries())
  await startRouter(kind, lab.folder, routers[i]!, {
    as: 65_000,
    holdTime: 90,
    neighbors: [{ at: { range: '10.77.0.0/24' }, as: 65_001, bfd }],
  });
await startRouter('frr', lab.folder, reference, {
  as: 65_001,
  holdTime: 90,
  announces: [speakers[1]!.prefix],
  neighbors: routers.map(({ address }) => ({ at: { address }, as: 65_000, families: ['ipv4'], bfd })),
});
const manifests = join(lab.folder, 'manifests');
mkdirSync(manifests);
const { conf, peers } = configurationOf(routers, intervalMs);
const items = [conf, ...peers, ...groupsOf([speakers[0]!.prefix], node)];
writeFileSync(join(manifests, 'all.json'), JSON.stringify({ kind: 'List', items }));
const blocked = { NODE_OPTIONS: `--require=${join(projectRoot(), 'test/bench/programs/block-main-thread.cjs')}` };
const state = join(lab.folder, 'state');
mkdirSync(state);
node.start(
  'agent',
  join(projectRoot(), 'dist/main.js'),
  ['agent', '--node-name', node.name, '--manifests', manifests, '--state-dir', state],
  blocked,
);
for (const router of routers)
  for (const { host, prefix } of speakers) await eventuallyGateways(router, prefix, [host.address]);
await wait(5000); // all have gone over to the short interval by then

for (let core = 0; core < availableParallelism(); core += 1)
  node.start(`burner${core}`, process.execPath, [join(projectRoot(), 'test/bench/programs/burn.cjs'), values.busy]);
const stalls = watchStalls(node, intervalMs / 2);
await wait(3000);
const startedAt = Date.now();
const monitors = await Promise.all(
  routers.map((router) =>
    watchRoutes(
      router,
      speakers.map(({ prefix }) => prefix),
    ),
  ),
);
while (Date.now() - startedAt < Number(values.minutes) * 60_000) {
  await wait(1000);
  process.stderr.write(`\r${Math.round((Date.now() - startedAt) / 1000)} s `);
}

const epoch = Date.now() - monotonicMicros() / 1000;
/** Whoever misses a packet on either side of a stall of less than this was late by itself. */
const grave = stalls.filter(({ from, until }) => until - from > intervalMs);
for (const stall of grave) console.log(stallText(stall));
const rows: string[][] = [];
let outside = 0;
for (const { name, prefix } of speakers)
  for (const [i, kind] of kinds.entries()) {
    const losses = monitors[i]!.events.filter((each) => each.deleted && each.prefix === prefix).map(
      ({ at }) => at / 1000 + epoch,
    );
    const unexplained = losses.filter(
      (at) => !grave.some(({ from, until }) => at >= from && at <= until + 2 * detectionMs),
    );
    for (const at of unexplained) console.log(`${new Date(at).toISOString()} ${kind} loses ${name}`);
    if (name === speakers[0]!.name) outside += unexplained.length;
    rows.push([name, kind, String(losses.length), String(unexplained.length)]);
  }
const longest = Math.max(0, ...stalls.map(({ from, until }) => until - from));
console.log(
  `\n${values.minutes} minutes, BFD ${intervalMs} ms x 3; the longest stall of a core ${longest.toFixed(1)} ms`,
);
console.log(table(['speaker', 'router', 'sessions lost', 'outside stalls'], rows));
lab.close();
process.exit(outside === 0 ? 0 : 1);
