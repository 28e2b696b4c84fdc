/**
 * Our BGP speaker beside BIRD, GoBGP and FRR as speakers, with the same routers, in the same run, in turn. Prints the tables of
 * docs/benchmarks/bgp.md.
 *
 * usage: node build/test/bench/bgp.js [--parts tables,memories,changes,cuts] [--routers frr,bird] [--prefixes N]
 *          [--trials N] [--minutes N] [--intervals 300,50]
 * as root, after `node scripts/compile.mjs && node scripts/build.mjs`. Each part takes some minutes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { eventuallyGateways, kernelRoutes, watchRoutes } from '../lab/routers/kernel-routes.js';
import { routerVersion } from '../lab/routers/packages.js';
import { startRouter } from '../lab/routers/start.js';
import { bird, type Contender, frr, gobgp, ours, oursWhole, type Running } from './bgp-contenders.js';
import { logRoutes, type RouteLog } from './route-log.js';
import { figure, meanWithError, median, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'tables,memories,changes,cuts' },
    routers: { type: 'string', default: 'frr,bird' },
    prefixes: { type: 'string', default: '10000' },
    trials: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '1' },
    intervals: { type: 'string', default: '300,50' },
  },
});
const count = Number(values.prefixes);
const trials = Number(values.trials);
const intervalsMs = values.intervals.split(',').map(Number);
const many = Array.from({ length: count }, (_, i) => `198.18.${i >> 8}.${i & 255}/32`);
const one = '192.0.2.1/32';
const ms = (micros: number) => micros / 1000;

const kinds = chosen('routers', ['frr', 'bird'] as const);
const parts = {
  tables: () => ofEachRouter(tables),
  memories: () => inLab(memories),
  changes: () => inLab(changes),
  cuts: () => ofEachRouter(cuts),
};
for (const kind of ['frr', 'bird', 'gobgp'] as const) console.log(`${kind} ${await routerVersion(kind)}`);
for (const part of chosen('parts', ['tables', 'memories', 'changes', 'cuts'] as const)) await parts[part]();

function chosen<T extends string>(flag: 'parts' | 'routers', known: readonly T[]): readonly T[] {
  return values[flag].split(',').map((each) => {
    const found = known.find((name) => name === each);
    if (found === undefined) throw new Error(`--${flag}: ${each} is none of ${known.join(', ')}`);
    return found;
  });
}

async function ofEachRouter(measure: (lab: Lab, kind: 'frr' | 'bird') => Promise<void>): Promise<void> {
  for (const kind of kinds) await inLab((lab) => measure(lab, kind));
}

async function inLab(measure: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab('bgpbench');
  try {
    await measure(lab);
  } finally {
    lab.close();
  }
}

function routerOn(lab: Lab, kind: 'frr' | 'bird', host: Host, bfdMs?: number) {
  const bfd = bfdMs === undefined ? {} : { bfd: { intervalMs: bfdMs, multiplier: 3 } };
  return startRouter(kind, lab.folder, host, {
    as: 65_000,
    holdTime: 90,
    neighbors: [{ at: { range: '10.77.0.0/24' }, as: 65_001, ...bfd }],
  });
}

/** Of each contender in turn: all routes into a router's kernel and out again, then one route out of it. */
async function tables(lab: Lab, kind: 'frr' | 'bird'): Promise<void> {
  const host = await lab.addHost('r1', 1);
  await routerOn(lab, kind, host);
  const node = await lab.addHost('n1', 11);
  const rows: string[][] = [];
  for (const contender of [ours, bird, gobgp]) {
    // What does not get there is no reason to measure nothing.
    const failed = (error: Error) => console.log(`${contender.name} with ${kind}: ${error.message}`);
    const samples: Record<'install' | 'withdraw' | 'one', number[]> = { install: [], withdraw: [], one: [] };
    const running = await contender.start(lab.folder, node, [host]);
    const log = await logRoutes(host, `${lab.folder}/${contender.name}.routes`);
    try {
      for (let trial = 0; trial < trials; trial += 1) {
        samples.install.push(await until(host, log, count, false, await running.prepare(many)));
        samples.withdraw.push(await until(host, log, count, true, await running.prepare([])));
      }
      for (let trial = 0; trial < trials; trial += 1) {
        await until(host, log, 1, false, await running.prepare([one]));
        samples.one.push(await until(host, log, 1, true, await running.prepare([])));
      }
    } catch (error) {
      failed(error as Error);
    }
    await log.stop();
    await running.stop();
    await wait(2000);
    const shown = ({ length }: number[], sample: number[]) =>
      length === 0 ? '' : `${figure(median(sample))} (${figure(Math.min(...sample))}..${figure(Math.max(...sample))})`;
    rows.push([contender.name, ...Object.values(samples).map((sample) => shown(sample, sample))]);
  }
  console.log(`\nrouter ${kind}: ms, median (least..most) of ${trials}`);
  console.log(table(['speaker', `${count} to the kernel`, `${count} withdrawn`, 'one withdrawn'], rows));
}

/** How long it takes from before the speaker is told until the last change of the router's kernel, in ms. */
async function until(
  router: Host,
  log: RouteLog,
  prefixes: number,
  gone: boolean,
  tell: () => Promise<void>,
): Promise<number> {
  log.clear();
  const at = monotonicMicros();
  await tell();
  const what = `${prefixes} routes ${gone ? 'out of' : 'in'} the kernel`;
  await eventually(what, () => log.count() >= prefixes, { withinMs: 15_000, everyMs: 250 });
  const { length } = await kernelRoutes(router);
  if (length !== (gone ? 0 : prefixes)) throw new Error(`${what}: there are ${length}`);
  return ms(log.last()! - at);
}

/** Of the process that speaks BGP; ours is the whole agent. */
async function memories(lab: Lab): Promise<void> {
  const hosts: Host[] = [];
  for (let i = 1; i <= 4; i += 1) hosts.push(await lab.addHost(`r${i}`, i));
  for (const host of hosts) await routerOn(lab, 'bird', host);
  const node = await lab.addHost('n1', 11);
  const rows: string[][] = [];
  for (const contender of [oursWhole, bird, gobgp]) {
    const running = await contender.start(lab.folder, node, hosts);
    const withRoutes = async (prefixes: readonly string[]) => {
      await (await running.prepare(prefixes))();
      for (const host of hosts) await eventuallyGateways(host, prefixes.at(-1)!, [node.address], { withinMs: 60_000 });
      await wait(3000);
      return figure((await running.memory()) / 1e6);
    };
    rows.push([contender.name, await withRoutes([one]), await withRoutes(many)]);
    await running.stop();
    await wait(2000);
  }
  console.log('\nresident memory in MB, 4 routers');
  console.log(table(['speaker', 'one route', `${count} routes`], rows));
}

/** Changes of Services: one route more or less each time. */
async function changes(lab: Lab): Promise<void> {
  const hosts: Host[] = [];
  for (const [i, kind] of (['frr', 'bird', 'frr', 'bird'] as const).entries()) {
    hosts.push(await lab.addHost(`r${i}`, 1 + i));
    await routerOn(lab, kind, hosts[i]!);
  }
  const running = await ours.start(lab.folder, await lab.addHost('n1', 11), hosts);
  const announced = new Set(many.slice(0, 1000));
  const minutes = Number(values.minutes);
  const total = 10_000 * minutes;
  const begun = performance.now();
  for (let done = 0; done < total; done += 1) {
    const prefix = many[Math.floor(Math.random() * 2000) % many.length]!;
    if (!announced.delete(prefix)) announced.add(prefix);
    await (await running.prepare([...announced]))();
    const due = begun + ((done + 1) / total) * minutes * 60_000;
    if (performance.now() < due) await wait(due - performance.now());
  }
  console.log(
    `\n${total} changes in ${figure((performance.now() - begun) / 1000)} s with 4 routers: ` +
      `${running.transitions!()} session transitions`,
  );
  await running.stop();
}

/** A node that loses its link silently: until the router's kernel sends nothing there any more. */
async function cuts(lab: Lab, kind: 'frr' | 'bird'): Promise<void> {
  const rows: string[][] = [];
  const router = await lab.addHost('r1', 1);
  const node = await lab.addHost('n1', 11);
  for (const bfdMs of intervalsMs) {
    const running = await routerOn(lab, kind, router, bfdMs);
    const contenders = [ours, frr].map((contender) => ({ contender, sample: [] as number[] }));
    // In turn, so that both meet the same moods of the machine.
    for (let trial = 0; trial < trials; trial += 1)
      for (const { contender, sample } of contenders) sample.push(await cut(contender, lab, router, node, bfdMs));
    for (const { contender, sample } of contenders) {
      rows.push([
        contender.name,
        `${bfdMs} ms`,
        figure(median(sample)),
        meanWithError(sample),
        figure(Math.min(...sample)),
        figure(Math.max(...sample)),
      ]);
    }
    await running.stop();
  }
  console.log(`\nrouter ${kind}: ms from a silent cut of the node's cable to the router's kernel, ${trials} trials`);
  console.log(table(['speaker', 'BFD, x 3', 'median', 'mean', 'least', 'most'], rows));
}

async function cut(contender: Contender, lab: Lab, router: Host, node: Host, bfdMs: number): Promise<number> {
  let running: Running | undefined;
  try {
    running = await contender.start(lab.folder, node, [router], bfdMs);
    await (await running.prepare([one]))();
    await eventuallyGateways(router, one, [node.address]);
    await wait(2000 + Math.random() * bfdMs); // both sides have gone over to the short interval by then
    const monitor = await watchRoutes(router, [one]);
    const at = await node.cable.cutSilently();
    const gone = await eventually('the route to go', () => monitor.events.find(({ deleted }) => deleted), {
      withinMs: 15_000,
    });
    await monitor.stop();
    return ms(gone.at - at);
  } finally {
    await node.cable.heal();
    await running?.stop();
    await wait(1500);
  }
}
