/**
 * What it costs to hold addresses, beside keepalived in the same run: share of a core and memory of a leader and of a Backup while
 * nothing happens.
 *
 *   node --import=tsx test/bench/steady-state.ts [--addresses 1000] [--groups 16] [--interval 250] [--seconds 60]
 *     [--settle 15] [--contenders vip,keepalived] [--threads] [--mappings] [--json FILE]
 *
 * It begins so many seconds after the second node was started. Bursts of announcements are over after 15; what an agent compiles and gives back
 * of its start, after 60.
 * A contender may have a task of its own, NAME:GROUPS:ADDRESSES:INTERVAL: `vip-fast,vip:1:1:10` is fast detection beside one group of one address
 * with adverts each 10 ms. `--threads` adds the share of each thread, `--mappings` what the resident memory is made of.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import { type Contender, contenderNamed, type Task } from './contender.js';
import { figure, table } from './statistics.js';

/** What the processes of a contender on one node take. */
interface Cost {
  /** Of one core. */
  readonly cpuPercent: number;
  /** The same by thread, as the kernel calls them. */
  readonly threads: Readonly<Record<string, number>>;
  readonly residentMb: number;
  /** Of that, what no file backs: pages that are this program's alone. */
  readonly anonymousMb: number;
  readonly mappings: Readonly<Record<string, number>>;
}

/** 10.78.0.0/16 is not the lab's own network: the addresses need no room in it. */
function addresses(count: number, groups: number): readonly (readonly string[])[] {
  const all = Array.from({ length: count }, (_, i) => `10.78.${Math.floor(i / 250)}.${(i % 250) + 1}`);
  return Array.from({ length: groups }, (_, group) => all.filter((_, i) => i % groups === group));
}

/** On whatever interface: with virtual MACs each group has its own. */
async function heldBy(node: Host): Promise<ReadonlySet<string>> {
  const links = JSON.parse(await node.run('ip', ['-j', 'address', 'show'])) as readonly {
    readonly addr_info?: readonly { readonly local?: string }[];
  }[];
  return new Set(links.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local }) => local ?? [])));
}

async function measure(contender: Contender, task: Omit<Task, 'folder' | 'nodes'>, seconds: number): Promise<Cost[]> {
  const lab = await openLab('obsteady');
  try {
    const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)];
    const wanted = task.groups.flat();
    await contender.start({ ...task, folder: lab.folder, nodes }, nodes[0]!);
    await eventually(
      `${contender.name} to hold ${wanted.length} addresses`,
      async () => {
        const held = await heldBy(nodes[0]!);
        return wanted.every((address) => held.has(address));
      },
      { withinMs: 60_000, everyMs: 500 },
    );
    await contender.start({ ...task, folder: lab.folder, nodes }, nodes[1]!);
    await wait(Number(values.settle) * 1_000);
    return await costs(contender, nodes, seconds);
  } finally {
    lab.close();
  }
}

async function costs(contender: Contender, nodes: readonly Host[], seconds: number): Promise<Cost[]> {
  const processes = await Promise.all(nodes.map((node) => contender.processes(node)));
  const before = processes.map(runtimes);
  const from = performance.now();
  await wait(seconds * 1000);
  const elapsedMs = performance.now() - from;
  return processes.map((pids, index) => {
    const threads: Record<string, number> = {};
    for (const [id, { name, ms }] of runtimes(pids))
      threads[name] = (threads[name] ?? 0) + ((ms - (before[index]!.get(id)?.ms ?? 0)) / elapsedMs) * 100;
    return {
      cpuPercent: Object.values(threads).reduce((sum, share) => sum + share, 0),
      threads,
      residentMb: statusMb(pids, 'VmRSS'),
      anonymousMb: statusMb(pids, 'RssAnon'),
      mappings: mappings(pids),
    };
  });
}

/** Milliseconds that each thread has run, to the nanosecond: the ticks of /proc/PID/stat are too coarse for a share this small. */
function runtimes(pids: readonly number[]): Map<string, { readonly name: string; readonly ms: number }> {
  const found = new Map<string, { readonly name: string; readonly ms: number }>();
  for (const pid of pids)
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${thread}`;
      const ms = Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
      found.set(thread, { name: readFileSync(`${folder}/comm`, 'utf8').trim(), ms });
    }
  return found;
}

function statusMb(pids: readonly number[], field: string): number {
  const kb = (pid: number) =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  return pids.reduce((sum, pid) => sum + kb(pid), 0) / 1024;
}

/** Resident megabytes by what is mapped. */
function mappings(pids: readonly number[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const pid of pids) {
    let name = '';
    for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
      const [, permissions, path] = /^[0-9a-f]+-[0-9a-f]+ (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
      if (permissions !== undefined) name = `${path?.replace(/.*\//, '') || 'anonymous'} ${permissions}`;
      const resident = /^Rss:\s+(\d+)/.exec(line)?.[1];
      if (resident !== undefined) sums[name] = (sums[name] ?? 0) + Number(resident) / 1024;
    }
  }
  return sums;
}

function described(parts: Readonly<Record<string, number>>, from: number): string {
  return Object.entries(parts)
    .filter(([, value]) => value >= from)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(', ');
}

const { values } = parseArgs({
  options: {
    addresses: { type: 'string', default: '1000' },
    groups: { type: 'string', default: '16' },
    interval: { type: 'string', default: '250' },
    seconds: { type: 'string', default: '60' },
    settle: { type: 'string', default: '15' },
    contenders: { type: 'string', default: 'vip,keepalived' },
    threads: { type: 'boolean', default: false },
    mappings: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const contenders = values.contenders.split(',');

/** What a contender is asked to do, by what stands behind its name. */
function taskOf(contender: string): Omit<Task, 'folder' | 'nodes'> {
  const [, groups = values.groups, count = values.addresses, interval = values.interval] = contender.split(':');
  for (const text of [groups, count, interval])
    if (!/^[1-9]\d*$/.test(text)) throw new Error(`--contenders: ${contender}: ${text} is no whole number above 0`);
  return { intervalMs: Number(interval), groups: addresses(Number(count), Number(groups)) };
}

const tasks = contenders.map(
  (contender) => [contender, contenderNamed(contender.split(':')[0]!), taskOf(contender)] as const,
);
const measured = new Map<string, Cost[]>();
for (const [name, contender, task] of tasks) measured.set(name, await measure(contender, task, Number(values.seconds)));

const rows: string[][] = [];
for (const [role, title] of ['leader', 'backup'].entries()) {
  const of = (key: 'cpuPercent' | 'residentMb' | 'anonymousMb') =>
    contenders.map((name) => measured.get(name)![role]![key]);
  const row = (what: string, figures: readonly number[]) => {
    const [ours, ...others] = figures;
    rows.push([`${title}: ${what}`, ...figures.map(figure), ...others.map((theirs) => figure(ours! / theirs))]);
  };
  row('% of a core', of('cpuPercent'));
  row('resident MB', of('residentMb'));
  row('of that no file backs, MB', of('anonymousMb'));
}
console.log(
  `${values.addresses} addresses in ${values.groups} groups, adverts each ${values.interval} ms, ${values.seconds} s\n`,
);
console.log(table(['what', ...contenders, ...contenders.slice(1).map((name) => `ratio to ${name}`)], rows));
for (const [name, [leader, backup]] of measured)
  for (const [title, cost] of [['leader', leader!] as const, ['backup', backup!] as const]) {
    if (values.threads) console.log(`\n${name}, ${title}, % of a core by thread: ${described(cost.threads, 0.005)}`);
    if (values.mappings) console.log(`\n${name}, ${title}, MB by mapping: ${described(cost.mappings, 0.1)}`);
  }
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify(Object.fromEntries(measured), null, 1)}\n`);
process.exit(0);
