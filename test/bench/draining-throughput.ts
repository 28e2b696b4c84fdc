/**
 * What one connection carries, and what that costs, before an address moves and while its segments go by the new leader to the node that led
 * before. The machine is all hosts at once, so what counts is the difference. Beside it, the same without a move.
 *
 *   node --import=tsx test/bench/draining-throughput.ts [--seconds 10] [--contenders vip-drain,layer2-drain] [--unsegmented]
 *
 * `--unsegmented`: a client whose NIC cuts no segments, so that each is handed on by itself: as many as the agent's limit allows.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import { startPods } from '../lab/pod.js';
import { type Process, programArguments } from '../lab/process.js';
import { translate } from '../lab/translation.js';
import { busySeconds } from './busy-seconds.js';
import { contenderNamed } from './contender.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    contenders: { type: 'string', default: 'vip-drain,layer2-drain' },
    unsegmented: { type: 'boolean', default: false },
  },
});
const vip = '10.77.0.100';
const port = { outside: 80, inside: 7000 };

interface Carried {
  readonly gigabits: number;
  /** How many cores of this machine were busy meanwhile, whatever with. */
  readonly cores: number;
}

async function measure(sender: Sender): Promise<Carried> {
  const [bytes, busy, began] = [await sender.sent(), await busySeconds(), performance.now()];
  await wait(Number(values.seconds) * 1_000);
  const [more, busier, seconds] = [await sender.sent(), await busySeconds(), (performance.now() - began) / 1_000];
  return { gigabits: ((more - bytes) * 8) / 1e9 / seconds, cores: (busier - busy) / seconds };
}

interface Sender {
  /** Bytes that TCP has taken since the beginning. @throws when the connection broke */
  sent(): Promise<number>;
  readonly process: Process;
}

async function startSender(client: Host): Promise<Sender> {
  const process = start(client, 'sender', ['send', vip, String(port.outside)]);
  let [latest, lines] = [0, 0];
  let broken: string | undefined;
  process.onLine((line) => {
    if (line.startsWith('broken')) broken = line;
    else latest = Number(line);
    lines++;
  });
  const sent = async () => {
    const then = lines;
    await eventually('what was sent', () => lines > then);
    if (broken !== undefined) throw new Error(`the connection is ${broken}`);
    return latest;
  };
  await eventually('a connection', async () => (await sent()) > 0, { withinMs: 20_000, onTimeout: process.log });
  return { sent, process };
}

function start(host: Pick<Host, 'start'>, title: string, args: readonly string[]): Process {
  const program = programArguments(new URL('./programs/bulk', import.meta.url), import.meta.url);
  return host.start(title, process.execPath, [...program, ...args]);
}

/** Whether somebody answers for the address. */
async function isFound(client: Host): Promise<boolean> {
  await client.run('ping', ['-c', '1', '-W', '1', vip]).catch(() => undefined);
  return (await client.run('ip', ['neighbour', 'show', vip])).includes('lladdr');
}

/** How many packets a node has handed on. */
async function handedOn(node: Host): Promise<number> {
  const text = await node.run('curl', ['-s', 'http://127.0.0.1:9640/metrics']);
  const counts = [...text.matchAll(/^openelb_drained_packets_total\{.*outcome="direct".*\} (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function run(name: string): Promise<readonly (readonly string[])[]> {
  const contender = contenderNamed(name);
  const lab = await openLab(`obt${process.pid}`);
  try {
    const client = await lab.addHost('client', 200);
    const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)] as const;
    if (values.unsegmented)
      await client.run('ip', ['link', 'set', 'eth0', 'gso_max_segs', '1', 'gso_max_size', '1514']);
    const pods = await startPods({ lab: lab.name, folder: lab.folder, nodes });
    for (const pod of pods) {
      const sink = start(pod, 'sink', ['sink', String(port.inside)]);
      let ready = false;
      sink.onLine(() => {
        ready = true;
      });
      await eventually('a sink', () => ready, { onTimeout: sink.log });
    }
    // All Pods are the leader's: what costs more after the move is the way there.
    for (const node of nodes) await translate(node, [vip], port, pods.slice(0, 1));
    const task = { folder: lab.folder, nodes, intervalMs: 250, groups: [[vip]] };
    await contender.start(task, nodes[0]); // who leads goes on leading, whatever the priority of others
    await eventually('an answer', () => isFound(client), { withinMs: 30_000 });
    await contender.start(task, nodes[1]);
    await wait(5_000);
    const sender = await startSender(client);
    await wait(1_000);
    const before = await measure(sender);
    process.kill((await contender.processes(nodes[0]))[0]!, 'SIGTERM');
    await wait(2_000);
    const [handed, began] = [await handedOn(nodes[1]), performance.now()];
    const after = await measure(sender);
    const perSecond = ((await handedOn(nodes[1])) - handed) / ((performance.now() - began) / 1_000);
    sender.process.end();
    const row = (when: string, { gigabits, cores }: Carried, packets: string) => [
      name,
      when,
      figure(gigabits),
      figure(cores),
      figure(cores / gigabits),
      packets,
    ];
    return [row('before the move', before, ''), row('handed on', after, figure(perSecond))];
  } finally {
    lab.close();
  }
}

const rows: (readonly string[])[] = [];
for (const name of values.contenders.split(',')) rows.push(...(await run(name)));
console.log(table(['contender', 'when', 'Gbit/s', 'cores', 'cores for 1 Gbit/s', 'packets a second'], rows));
