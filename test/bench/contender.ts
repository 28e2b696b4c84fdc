import { mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Host } from '../lab/host.js';
import { startKeepalived } from '../lab/keepalived.js';
import type { Process } from '../lab/process.js';

/** What a contender is asked to do: hold these addresses between these nodes, in groups of one virtual router each. */
export interface Task {
  readonly folder: string;
  readonly nodes: readonly Host[];
  /** Milliseconds between adverts. */
  readonly intervalMs: number;
  /** The addresses of each group, of one family. */
  readonly groups: readonly (readonly string[])[];
  /** The virtual router ID of the first group, those after it count on; 1 when undefined. */
  readonly firstVirtualRouterId?: number;
}

/** A program that fails over. The first node of the task gets the highest priority. */
export interface Contender {
  readonly name: string;
  /** Whether the leader's NIC has the addresses. */
  readonly onNic: boolean;
  start(task: Task, node: Host): Promise<Process>;
  /** Its processes on a node, parents first. */
  processes(node: Host): Promise<readonly number[]>;
}

export const keepalived = keepalivedWith('keepalived', {});

export const openelbVip = openelb('openelb-vip', 'vip');

/**
 * Answers for addresses that are on no NIC. What takes the traffic is the host itself, which has the addresses on its loopback
 * interface and is told not to answer ARP for them: as with kube-proxy in IPVS mode and strictARP.
 */
export const openelbLayer2: Contender = {
  ...openelb('openelb-vip in layer2 mode', 'layer2'),
  start: async (task, node) => {
    await node.run('sysctl', ['-qw', 'net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2']);
    const batch = `${task.folder}/addresses-${node.name}`;
    await writeFile(
      batch,
      task.groups
        .flat()
        .map((address) => `address replace ${address}/${address.includes(':') ? 128 : 32} dev lo\n`)
        .join(''),
    );
    await node.run('ip', ['-batch', batch]);
    return openelb('', 'layer2').start(task, node);
  },
};

/** By the names that benchmarks take for `--contenders`. */
const contenders: Readonly<Record<string, Contender>> = {
  vip: openelbVip,
  layer2: openelbLayer2,
  keepalived,
  'vip-drain': openelb('openelb-vip that keeps connections', 'vip', { drainConnections: '5m' }),
  'layer2-drain': openelb('openelb-vip in layer2 mode that keeps connections', 'layer2', { drainConnections: '5m' }),
  'vip-vmac': openelb('openelb-vip with virtual MAC', 'vip', { virtualMac: true }),
  'vip-fast': openelb('openelb-vip with fast detection', 'vip', { fastDetection: { interval: '10ms' } }),
  'vip-fast-2': openelb('openelb-vip with fast detection after two intervals', 'vip', {
    fastDetection: { interval: '10ms', multiplier: 2 },
  }),
  'keepalived-vmac': keepalivedWith('keepalived with virtual MAC', { virtualMac: true }),
};

/** @throws when there is none of that name */
export function contenderNamed(name: string): Contender {
  const contender = Object.hasOwn(contenders, name) ? contenders[name] : undefined;
  if (contender === undefined)
    throw new Error(`--contenders: ${name} is none of ${Object.keys(contenders).join(', ')}`);
  return contender;
}

function keepalivedWith(name: string, options: { readonly virtualMac?: boolean }): Contender {
  return {
    name,
    onNic: true,
    start: (task, node) =>
      startKeepalived(
        node,
        task.folder,
        task.groups.map((addresses, index) => ({
          virtualRouterId: (task.firstVirtualRouterId ?? 1) + index,
          priority: priorityOf(task, node),
          interval: task.intervalMs / 1000,
          addresses,
          ...options,
        })),
      ),
    processes: (node) => processesNamed(node, /^keepalived/),
  };
}

function openelb(
  name: string,
  protocol: 'vip' | 'layer2',
  vrrp: { readonly virtualMac?: boolean; readonly fastDetection?: object; readonly drainConnections?: string } = {},
): Contender {
  return {
    name,
    onNic: protocol === 'vip',
    start: async (task, node) => {
      const manifests = `${task.folder}/manifests`;
      const state = `${task.folder}/state-${node.name}`;
      await mkdir(manifests, { recursive: true });
      await mkdir(state, { recursive: true });
      await writeFile(
        `${manifests}/groups.json`,
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifestsOf(task, protocol, vrrp) }),
      );
      return node.start('agent', 'dist/main.js', [
        ...['agent', '--node-name', node.name, '--manifests', manifests, '--state-dir', state],
        ...['--metrics-address', '127.0.0.1:9640', '--health-address', '127.0.0.1:9641'],
      ]);
    },
    processes: (node) => processesNamed(node, /dist\/main\.js agent/),
  };
}

function manifestsOf(task: Task, protocol: 'vip' | 'layer2', vrrp: object): readonly object[] {
  return task.groups.map((addresses, index) => ({
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'VipGroup',
    metadata: { name: `bench-${index}` },
    spec: {
      protocol,
      interface: 'eth0',
      addresses,
      vrrp: {
        virtualRouterId: (task.firstVirtualRouterId ?? 1) + index,
        advertisementInterval: `${task.intervalMs}ms`,
        ...vrrp,
      },
      members: task.nodes.map((node) => ({
        node: node.name,
        ...(addresses[0]!.includes(':') ? {} : { address: node.address }),
        priority: priorityOf(task, node),
      })),
    },
  }));
}

function priorityOf(task: Task, node: Host): number {
  return 254 - 20 * task.nodes.indexOf(node);
}

async function processesNamed(node: Host, pattern: RegExp): Promise<readonly number[]> {
  const pids = (await node.run('ip', ['netns', 'pids', node.namespace])).trim().split('\n').filter(Boolean);
  const { stdout } = await execa('ps', ['-o', 'pid=,args=', '-p', pids.join(',')], { reject: false });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) =>
      match && pattern.test(match[2]!.replace(/^\S*\/(?=keepalived)/, '')) ? [Number(match[1])] : [],
    );
}
