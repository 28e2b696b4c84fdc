/**
 * A thousand addresses beside keepalived, in the same run: how long their takeover takes from the first announcement to the last. What
 * holding them costs is measured by steady-state.ts. With `--contenders layer2,vip`: one mode beside the other; `vip-fast`: with fast
 * detection at 10 ms.
 *
 *   node --import=tsx test/bench/many-addresses.ts [--addresses 1000] [--groups 4] [--interval 250] [--trials 5]
 *     [--contenders vip,keepalived] [--json FILE]
 */
import { existsSync } from 'node:fs';
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

async function openArena(name: string): Promise<Arena> {
  const contender = contenderNamed(name);
  const lab = await openLab(`obm${name.replaceAll('-', '')}`);
  const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)];
  const client = await lab.addHost('client', 20);
  const groups = addresses(Number(values.addresses), Number(values.groups));
  const task: Task = { folder: lab.folder, nodes, intervalMs: Number(values.interval), groups };
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

interface Takeover {
  /** From the first gratuitous ARP to the last address's first. */
  readonly spreadMs: number;
  /** From the cut to that last one. */
  readonly untilLastMs: number;
}

async function takeover(arena: Arena, from: Host): Promise<Takeover> {
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

const { values } = parseArgs({
  options: {
    addresses: { type: 'string', default: '1000' },
    groups: { type: 'string', default: '4' },
    interval: { type: 'string', default: '250' },
    trials: { type: 'string', default: '5' },
    contenders: { type: 'string', default: 'vip,keepalived' },
    json: { type: 'string' },
  },
});
const contenders = values.contenders.split(',');
const takeovers = new Map<string, Takeover[]>();
for (const name of contenders) {
  const arena = await openArena(name);
  const trials: Takeover[] = [];
  for (let trial = 0; trial < Number(values.trials); trial += 1) {
    trials.push(await takeover(arena, arena.nodes[trial % 2]!));
    process.stderr.write(`\r${name}: takeover ${trial + 1} of ${values.trials} `);
  }
  process.stderr.write('\n');
  takeovers.set(name, trials);
  arena.lab.close();
}

const row = (what: string, of: keyof Takeover, sum: (sample: readonly number[]) => number) => {
  const figures = contenders.map((name) => sum(takeovers.get(name)!.map((trial) => trial[of])));
  return [what, ...figures.map(figure), ...figures.slice(1).map((theirs) => figure(figures[0]! / theirs))];
};
console.log(`${values.addresses} addresses in ${values.groups} groups, adverts each ${values.interval} ms\n`);
console.log(
  table(
    ['what', ...contenders, ...contenders.slice(1).map((name) => `ratio to ${name}`)],
    [
      row('first to last announced, median ms', 'spreadMs', median),
      row('cut to last announced, median ms', 'untilLastMs', median),
      row('cut to last announced, the most, ms', 'untilLastMs', (sample) => Math.max(...sample)),
    ],
  ),
);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify(Object.fromEntries(takeovers), null, 1)}\n`);
process.exit(0);
