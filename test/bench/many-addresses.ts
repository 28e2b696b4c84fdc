/**
 * A thousand addresses beside keepalived, in the same run: how long their takeover takes from the first announcement to the last, and
 * what holding them costs. With `--contenders layer2,vip`: one mode beside the other.
 *
 *   node --import=tsx test/bench/many-addresses.ts [--addresses 1000] [--takeover-groups 4] [--idle-groups 16] [--trials 5]
 *     [--idle-seconds 20] [--contenders vip,keepalived] [--json FILE]
 */
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Contender, contenderNamed, type Task } from './contender.js';
import { figure, median, table } from './statistics.js';

interface Arena {
  readonly contender: Contender;
  readonly lab: Lab;
  readonly nodes: readonly Host[];
  readonly client: Host;
  readonly task: Task;
}

/** 10.78.0.0/16 is not the lab's own network: the addresses need no room in it. */
function addresses(count: number, groups: number): readonly (readonly string[])[] {
  const all = Array.from({ length: count }, (_, i) => `10.78.${Math.floor(i / 250)}.${(i % 250) + 1}`);
  return Array.from({ length: groups }, (_, group) => all.filter((_, i) => i % groups === group));
}

async function openArena(name: string, count: number, groups: number): Promise<Arena> {
  const contender = contenderNamed(name);
  const lab = await openLab(`obm${name}`);
  const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)];
  const client = await lab.addHost('client', 20);
  const task: Task = { folder: lab.folder, nodes, intervalMs: 250, groups: addresses(count, groups) };
  const arena = { contender, lab, nodes, client, task };
  // The first gets everything, so that one cut moves all.
  await announcementsAfter(arena, () => contender.start(task, nodes[0]!));
  await contender.start(task, nodes[1]!);
  await wait(7000); // second bursts are over
  return arena;
}

/** When each address was first announced after an act, in microseconds of this machine's monotonic clock; all of them were. */
async function announcementsAfter({ client, lab, task, contender }: Arena, act: () => Promise<unknown>) {
  const file = `${lab.folder}/arp.pcap`;
  await rm(file, { force: true });
  const capture = client.start('tcpdump', 'tcpdump', ['-i', 'eth0', '-U', '-w', file, '-B', '8192', 'arp']);
  await eventually('a capture', () => existsSync(file));
  await wait(200);
  const wall = Date.now() * 1000 - monotonicMicros();
  const wanted = task.groups.flat();
  let seen = new Map<string, number>();
  await act();
  try {
    await eventually(
      `every address announced by ${contender.name}`,
      async () => {
        seen = firstAnnouncements(await client.run('tcpdump', ['-r', file, '-n', '-tt']).catch(() => ''), wall);
        return wanted.every((address) => seen.has(address));
      },
      { withinMs: 60_000, everyMs: 500, onTimeout: () => `${seen.size} of ${wanted.length} were` },
    );
  } finally {
    capture.signal('SIGINT');
    await capture.exited;
  }
  return seen;
}

function firstAnnouncements(text: string, wall: number): Map<string, number> {
  const seen = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(\d+\.\d+) ARP, (?:Request who-has|Reply) (10\.78\.\d+\.\d+)/.exec(line);
    if (match && !seen.has(match[2]!)) seen.set(match[2]!, Number(match[1]) * 1e6 - wall);
  }
  return seen;
}

/** Milliseconds from the first gratuitous ARP of a takeover to the last address's first, and from the cut to that last one. */
async function takeover(arena: Arena, from: Host): Promise<{ spreadMs: number; untilLastMs: number }> {
  let at = 0;
  const seen = await announcementsAfter(arena, async () => {
    at = await from.cable.cut();
  });
  const times = [...seen.values()];
  await from.cable.heal();
  await wait(7000);
  return {
    spreadMs: (Math.max(...times) - Math.min(...times)) / 1000,
    untilLastMs: (Math.max(...times) - at) / 1000,
  };
}

/** Share of a core, and resident megabytes, of all processes of the contender on a node. */
async function idle(arena: Arena, node: Host, seconds: number): Promise<{ cpuPercent: number; residentMb: number }> {
  const processes = await arena.contender.processes(node);
  const before = cpuTicks(processes);
  await wait(seconds * 1000);
  return {
    cpuPercent: (cpuTicks(processes) - before) / seconds, // 100 ticks a second
    residentMb: processes.reduce((sum, pid) => sum + residentKb(pid), 0) / 1024,
  };
}

function cpuTicks(processes: readonly number[]): number {
  return processes.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

const { values } = parseArgs({
  options: {
    addresses: { type: 'string', default: '1000' },
    'takeover-groups': { type: 'string', default: '4' },
    'idle-groups': { type: 'string', default: '16' },
    trials: { type: 'string', default: '5' },
    'idle-seconds': { type: 'string', default: '20' },
    contenders: { type: 'string', default: 'vip,keepalived' },
    json: { type: 'string' },
  },
});
const count = Number(values.addresses);
const results: Record<string, unknown> = {};
const rows: string[][] = [];

const takeovers: { spreadMs: number; untilLastMs: number }[][] = [[], []];
const contenders = values.contenders.split(',');
for (const [index, contender] of contenders.entries()) {
  const arena = await openArena(contender, count, Number(values['takeover-groups']));
  for (let trial = 0; trial < Number(values.trials); trial += 1) {
    takeovers[index]!.push(await takeover(arena, arena.nodes[trial % 2]!));
    process.stderr.write(`\r${contender}: takeover ${trial + 1} of ${values.trials} `);
  }
  process.stderr.write('\n');
  arena.lab.close();
}
const spread = takeovers.map((trials) => median(trials.map((one) => one.spreadMs)));
const last = takeovers.map((trials) => median(trials.map((one) => one.untilLastMs)));
rows.push([
  `${count} addresses in ${values['takeover-groups']} groups: first to last announced, median ms`,
  figure(spread[0]!),
  figure(spread[1]!),
  figure(spread[0]! / spread[1]!),
]);
rows.push(['cut to last announced, median ms', figure(last[0]!), figure(last[1]!), figure(last[0]! / last[1]!)]);
results.takeovers = Object.fromEntries(contenders.map((contender, index) => [contender, takeovers[index]]));

const idles: { cpuPercent: number; residentMb: number }[][] = [];
for (const contender of contenders) {
  const arena = await openArena(contender, count, Number(values['idle-groups']));
  idles.push([
    await idle(arena, arena.nodes[0]!, Number(values['idle-seconds'])),
    await idle(arena, arena.nodes[1]!, Number(values['idle-seconds'])),
  ]);
  arena.lab.close();
}
for (const [role, name] of ['leader', 'backup'].entries()) {
  const [ours, theirs] = idles.map((one) => one[role]!) as [(typeof idles)[0][0], (typeof idles)[0][0]];
  rows.push([
    `${name}, ${values['idle-groups']} groups at 250 ms: % of a core`,
    figure(ours.cpuPercent),
    figure(theirs.cpuPercent),
    figure(ours.cpuPercent / theirs.cpuPercent),
  ]);
  rows.push([
    `${name}: resident MB`,
    figure(ours.residentMb),
    figure(theirs.residentMb),
    figure(ours.residentMb / theirs.residentMb),
  ]);
}
results.idle = Object.fromEntries(
  contenders.map((contender, index) => [contender, { leader: idles[index]![0], backup: idles[index]![1] }]),
);

console.log(table(['what', ...contenders, 'ratio'], rows));
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 1)}\n`);
process.exit(0);
