/**
 * How a layer2 leader bears ARP requests: virtual addresses and foreign ones mixed, evenly. Says how long answers take as the asker
 * sees it, beside the kernel's own answers on another host of the same bridge, and how late the engine was with its adverts.
 *
 *   node --import=tsx test/bench/arp-load.ts [--rate 10000] [--seconds 10] [--addresses 100] [--interval 100] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { askNode, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { startManifestNodes } from '../lab/manifest-nodes.js';
import { programArguments } from '../lab/process.js';
import { figure, quantile, table } from './statistics.js';

interface Heard {
  readonly asked: number;
  readonly foreignAsked: number;
  readonly foreignAnswered: number;
  readonly micros: readonly number[];
}

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    addresses: { type: 'string', default: '100' },
    interval: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});
const count = Number(values.addresses);
const addressesIn = (net: number) =>
  Array.from({ length: count }, (_, i) => `10.${net}.${Math.floor(i / 250)}.${(i % 250) + 1}`);

async function flood(client: Host, virtual: readonly string[], foreign: readonly string[]): Promise<Heard> {
  const program = programArguments(new URL('./programs/arp-flooder', import.meta.url), import.meta.url);
  const parameters = [client.address, values.rate, values.seconds, virtual.join(','), foreign.join(',')];
  const flooder = client.start('arp-flooder', process.execPath, [...program, ...parameters]);
  let heard: Heard | undefined;
  flooder.onLine((line) => {
    heard = JSON.parse(line) as Heard;
  });
  const withinMs = Number(values.seconds) * 1000 + 30_000;
  return eventually('the flooder’s figures', () => heard, { withinMs, onTimeout: () => flooder.log() });
}

const { lab, client, nodes, write } = await startManifestNodes('benchl2', 2);
const kernel = await lab.addHost('kernel', 20);
const [virtual, foreign, ofKernel] = [addressesIn(78), addressesIn(79), addressesIn(80)];
write('load', {
  protocol: 'layer2',
  interface: 'eth0',
  addresses: virtual,
  vrrp: { virtualRouterId: 9, advertisementInterval: `${values.interval}ms` },
});
for (const address of ofKernel) await kernel.run('ip', ['address', 'add', `${address}/32`, 'dev', 'eth0']);

const leader = await settledLeader({ client, nodes, vip: virtual[0]! });
const transitions = async () => {
  const reports = await Promise.all(nodes.map(askNode));
  return reports.reduce((sum, { counters }) => sum + (counters.transitions_to_active ?? 0), 0);
};
const before = { report: await askNode(leader), transitions: await transitions() };
const cpuBefore = await cpuSeconds(leader.host);
const ours = await flood(client, virtual, foreign);
const after = { report: await askNode(leader), transitions: await transitions() };
const cpu = (await cpuSeconds(leader.host)) - cpuBefore;
const theirs = await flood(client, ofKernel, foreign);

const row = (name: string, { asked, foreignAsked, foreignAnswered, micros }: Heard) => [
  name,
  String(asked),
  String(micros.length),
  figure(quantile(micros, 0.5)),
  figure(quantile(micros, 0.99)),
  figure(Math.max(...micros)),
  `${foreignAnswered} of ${foreignAsked}`,
];
const header = ['who answers', 'asked', 'answered', 'median us', 'p99 us', 'max us', 'foreign answered'];
console.log(table(header, [row('openelb-vip, layer2', ours), row('the kernel', theirs)]));
const adverts = (after.report.counters.adverts_sent ?? 0) - (before.report.counters.adverts_sent ?? 0);
const result = {
  adverts,
  worstLatenessMicros: after.report.lateness.worst,
  leadershipsTaken: after.transitions - before.transitions,
  ignored: after.report.neighborDrops,
  cpuSeconds: cpu,
};
console.log(JSON.stringify(result));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...result, ours, theirs })}\n`);
lab.close();
process.exit(0);

/** User and system time of the agent on a host so far. */
async function cpuSeconds(host: Host): Promise<number> {
  const pids = (await host.run('ip', ['netns', 'pids', host.namespace])).trim().split('\n');
  let ticks = 0;
  for (const pid of pids) {
    const command = await host.run('cat', [`/proc/${pid}/cmdline`]).catch(() => '');
    if (!command.includes('main.js\0agent')) continue;
    const stat = await host.run('cat', [`/proc/${pid}/stat`]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}
