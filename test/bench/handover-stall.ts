/**
 * How long the engines of two nodes stand still while groups with virtual MACs are handed over among many interfaces: by their own
 * histogram of lateness, which says by how much later than it should a virtual router was stepped.
 *
 *   node --import=tsx test/bench/handover-stall.ts [--interfaces 0,300] [--groups 8] [--interval 10] [--handovers 10]
 */

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { latenessBounds, noLateness } from '../../src/agent/engine/lateness.js';
import { askNode } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { openLab } from '../lab/lab.js';
import { type Node, startNode } from '../lab/node.js';
import { table } from './statistics.js';

const { values } = parseArgs({
  options: {
    interfaces: { type: 'string', default: '0,300' },
    groups: { type: 'string', default: '8' },
    interval: { type: 'string', default: '10' },
    handovers: { type: 'string', default: '10' },
  },
});
const groupCount = Number(values.groups);

/** Each a bridge without ports, with an address of its own: not every kernel has dummies. */
async function addInterfaces(host: Host, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => [
    `link add many${i} type bridge`,
    `link set many${i} up`,
    `address add 10.88.${i >> 8}.${i & 255}/32 dev many${i}`,
  ]).flat();
  if (count > 0) await host.run('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** `yields`: a leader that is not the preferred one hands over, once this becomes true. */
function manifests(hosts: readonly Host[], preferred: number, yields: boolean): string {
  const items = Array.from({ length: groupCount }, (_, group) => ({
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'VipGroup',
    metadata: { name: `group-${group}` },
    spec: {
      protocol: 'vip',
      interface: 'eth0',
      addresses: [`10.77.0.${100 + group}`],
      vrrp: {
        virtualRouterId: 10 + group,
        advertisementInterval: `${values.interval}ms`,
        virtualMac: true,
        yield: yields,
      },
      members: hosts.map(({ name, address }, i) => ({ node: name, address, priority: i === preferred ? 254 : 234 })),
    },
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

const leadsAll = async (node: Node) =>
  (await askNode(node)).members.filter(({ state, held }) => state === 'Active' && held.length === 1).length ===
  groupCount;
const standsByForAll = async (node: Node) =>
  (await askNode(node)).members.filter(({ state }) => state === 'Backup').length === groupCount;
const hasPriorities = async (node: Node) => (await askNode(node)).members.every(({ priority }) => priority === 254);
const latenessOf = async (node: Node) => (await askNode(node)).lateness;

async function measured(interfaces: number): Promise<readonly (readonly string[])[]> {
  const lab = await openLab(`obhs${interfaces}`);
  try {
    const hosts = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)];
    for (const host of hosts) await addInterfaces(host, interfaces);
    const folder = join(lab.folder, 'manifests');
    mkdirSync(folder);
    const prefer = (index: number, yields: boolean) => {
      writeFileSync(join(lab.folder, 'groups.json'), manifests(hosts, index, yields));
      renameSync(join(lab.folder, 'groups.json'), join(folder, 'groups.json'));
    };
    prefer(0, false);
    const nodes: Node[] = [];
    for (const host of hosts) {
      nodes.push(await startNode(host, { access: { flags: {}, env: {} }, manifests: folder, folder: lab.folder }));
      await eventually('n1 leads everything', () => leadsAll(nodes[0]!), { withinMs: 30_000 });
    }
    await eventually('n2 stands by for everything', () => standsByForAll(nodes[1]!), { withinMs: 30_000 });
    const before = await Promise.all(nodes.map(latenessOf));
    for (let i = 1; i <= Number(values.handovers); i += 1) {
      prefer(i % 2, false);
      await eventually('the new priorities', () => hasPriorities(nodes[i % 2]!), { withinMs: 10_000 });
      prefer(i % 2, true);
      await eventually(`hand-over ${i}`, () => leadsAll(nodes[i % 2]!), { withinMs: 30_000 }).catch(async (error) => {
        for (const node of nodes) console.error(node.name, JSON.stringify((await askNode(node)).members));
        throw error;
      });
      process.stderr.write(`\r${interfaces} interfaces: ${i} of ${values.handovers} `);
    }
    process.stderr.write('\n');
    const after = await Promise.all(nodes.map(latenessOf));
    return nodes.map(({ name }, i) => [
      String(interfaces),
      name,
      ...noLateness().counts.map((_, bucket) => String(after[i]!.counts[bucket]! - before[i]!.counts[bucket]!)),
    ]);
  } finally {
    lab.close();
  }
}

const rows: (readonly string[])[] = [];
for (const interfaces of values.interfaces.split(',').map(Number)) rows.push(...(await measured(interfaces)));
const bounds = latenessBounds.map((bound) => `to ${bound / 1000} ms`);
console.log(
  table(
    ['interfaces', 'node', ...bounds, 'later'],
    rows.map((row) => [...row]),
  ),
);
process.exit(0);
