/**
 * What becomes of connections when an address moves: so many are open through one address, and something is said on each twenty times a second.
 * Beside keepalived, which does nothing about them.
 *
 *   node --import=tsx test/bench/connections.ts [--count 200] [--interval 100] [--contenders vip-drain,layer2-drain,vip,keepalived]
 *     [--faults none,SIGTERM,SIGKILL,SIGSTOP,cut]
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import { startPods } from '../lab/pod.js';
import type { Process } from '../lab/process.js';
import { startEcho, startTalkers } from '../lab/talkers.js';
import { translate } from '../lab/translation.js';
import { type Contender, contenderNamed } from './contender.js';
import { table } from './statistics.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    interval: { type: 'string', default: '100' },
    contenders: { type: 'string', default: 'vip-drain,layer2-drain,vip,keepalived' },
    faults: { type: 'string', default: 'none,SIGTERM,SIGKILL,SIGSTOP,cut' },
  },
});
const vip = '10.77.0.100';
const port = { outside: 80, inside: 7000 };
/** What comes of a fault is looked at for so long. */
const watchedMs = 3_000;
const stoppedMs = 5_000;

interface Rig {
  readonly client: Host;
  readonly nodes: readonly Host[];
  start(node: Host): Promise<Process>;
}

async function during(fault: string, rig: Rig, contender: Contender): Promise<readonly string[]> {
  const [leader] = rig.nodes;
  const processes = await Promise.all(rig.nodes.map(rig.start));
  await eventually('an answer by the first node', async () => (await macOf(rig.client)) === (await ownMac(leader!)), {
    withinMs: 30_000,
  });
  await wait(2_000);
  const talkers = await startTalkers(rig.client, [vip], port.outside, Number(values.count));
  await wait(500);
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
  const { broken, silent, longestMs } = await talkers.stop();
  await leader!.cable.heal();
  for (const each of processes) each.signal('SIGKILL');
  for (const node of rig.nodes) for (const pid of await contender.processes(node)) process.kill(pid, 'SIGKILL');
  return [fault, contender.name, `${broken.length} of ${values.count}`, String(silent), String(longestMs)];
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
console.log(table(['fault', 'contender', 'broken', 'silent', 'longest silence ms'], rows));
