/**
 * What becomes of connections when an address moves: so many are open through one address, and something is said on each twenty times a second.
 * Beside keepalived, which does nothing about them. How long one more connection takes to have something said back, and what the machine does
 * meanwhile (hosts, programs and the client), is measured before and after.
 *
 *   node --import=tsx test/bench/connections.ts [--count 1000] [--interval 250] [--contenders vip-drain,layer2-drain,vip,keepalived]
 *     [--faults none,SIGTERM,SIGKILL,SIGSTOP,cut]
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import { startPods } from '../lab/pod.js';
import { type Process, programArguments } from '../lab/process.js';
import { startEcho, startTalkers } from '../lab/talkers.js';
import { translate } from '../lab/translation.js';
import { busySeconds } from './busy-seconds.js';
import { type Contender, contenderNamed } from './contender.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '250' },
    contenders: { type: 'string', default: 'vip-drain,layer2-drain,vip,keepalived' },
    faults: { type: 'string', default: 'none,SIGTERM,SIGKILL,SIGSTOP,cut' },
  },
});
const vip = '10.77.0.100';
const port = { outside: 80, inside: 7000 };
/** What comes of a fault is looked at for so long. */
const watchedMs = 3_000;
const stoppedMs = 5_000;

/** Round trips of one connection, in microseconds. */
interface Trips {
  readonly median: number;
  readonly p99: number;
}

interface Rig {
  readonly client: Host;
  readonly nodes: readonly Host[];
  start(node: Host): Promise<Process>;
}

async function during(fault: string, rig: Rig, contender: Contender): Promise<readonly string[]> {
  const [leader] = rig.nodes;
  const first = await rig.start(leader!); // who leads goes on leading, whatever the priority of others
  await eventually('an answer by the first node', async () => (await macOf(rig.client)) === (await ownMac(leader!)), {
    withinMs: 30_000,
  });
  const processes = [first, ...(await Promise.all(rig.nodes.slice(1).map(rig.start)))];
  await wait(2_000);
  const talkers = await startTalkers(rig.client, [vip], port.outside, Number(values.count));
  const trips = await startTrips(rig.client);
  const before = await costs(trips);
  talkers.forget();
  await wait(500);
  const pids = await contender.processes(leader!);
  if (fault === 'cut') await leader!.cable.cut();
  else if (fault === 'SIGTERM') process.kill(pids[0]!, 'SIGTERM');
  else if (fault !== 'none') for (const pid of pids) process.kill(pid, fault);
  if (fault === 'SIGSTOP') {
    await wait(stoppedMs);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await wait(watchedMs);
  const talks = await talkers.later();
  const after = talks.broken.length === 0 ? await costs(trips) : undefined;
  await talkers.stop();
  trips.end();
  await leader!.cable.heal();
  for (const each of processes) each.signal('SIGKILL');
  for (const node of rig.nodes) for (const pid of await contender.processes(node)) process.kill(pid, 'SIGKILL');
  return [
    fault,
    contender.name,
    `${talks.broken.length} of ${values.count}`,
    String(talks.silent),
    talks.broken.length === Number(values.count) ? '' : figure(talks.longestMs),
    ...(['median', 'p99', 'cores'] as const).map((of) => `${figure(before[of])} / ${after ? figure(after[of]) : ''}`),
  ];
}

interface RoundTrips {
  measure(): Promise<Trips>;
  end(): void;
}

async function startTrips(client: Host): Promise<RoundTrips> {
  const program = programArguments(new URL('./programs/round-trips', import.meta.url), import.meta.url);
  const asking = client.start('round-trips', process.execPath, [...program, vip, String(port.outside)]);
  const lines: string[] = [];
  asking.onLine((line) => lines.push(line));
  const next = () => eventually('round trips', () => lines.shift(), { withinMs: 20_000, onTimeout: asking.log });
  await next();
  return {
    measure: async () => {
      asking.write('measure');
      return JSON.parse(await next()) as Trips;
    },
    end: asking.end,
  };
}

/** Round trips, and how many cores were busy meanwhile. */
async function costs(trips: RoundTrips): Promise<Trips & { readonly cores: number }> {
  const [from, began] = [await busySeconds(), performance.now()];
  const measured = await trips.measure();
  return { ...measured, cores: ((await busySeconds()) - from) / ((performance.now() - began) / 1_000) };
}

/** Whom the client reaches at the address. */
async function macOf(client: Host): Promise<string | undefined> {
  await client.run('ip', ['neighbour', 'flush', 'dev', 'eth0']).catch(() => undefined);
  await client.run('ping', ['-c', '1', '-W', '1', vip]).catch(() => undefined);
  const [known] = JSON.parse(await client.run('ip', ['-j', 'neighbour', 'show', vip])) as { lladdr?: string }[];
  return known?.lladdr;
}

async function ownMac(node: Host): Promise<string | undefined> {
  const [link] = JSON.parse(await node.run('ip', ['-j', 'link', 'show', 'eth0'])) as { address?: string }[];
  return link?.address;
}

const rows: (readonly string[])[] = [];
for (const name of values.contenders.split(','))
  for (const fault of values.faults.split(',')) {
    const contender = contenderNamed(name);
    const lab = await openLab(`obc${process.pid}`); // a new one each time: conntrack remembers what was before
    try {
      const client = await lab.addHost('client', 200);
      const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12), await lab.addHost('n3', 13)];
      const pods = await startPods({ lab: lab.name, folder: lab.folder, nodes });
      for (const pod of pods) await startEcho(pod.start, port.inside);
      for (const node of nodes) await translate(node, [vip], port, pods);
      const task = { folder: lab.folder, nodes, intervalMs: Number(values.interval), groups: [[vip]] };
      rows.push(await during(fault, { client, nodes, start: (node) => contender.start(task, node) }, contender));
      console.log(rows.at(-1)?.join('  '));
    } finally {
      lab.close();
    }
  }
const [pair, header] = [' before / after', ['fault', 'contender', 'broken', 'silent', 'longest silence ms']];
console.log(
  table([...header, ...['round trip, median us', 'p99 us', 'cores'].map((title) => `${title}${pair}`)], rows),
);
