/** Two nodes that lead addresses in every mode, a router that they speak BGP and BFD with, a client, and a host that means no good. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.js';
import { askNode, settledLeader } from '../election.js';
import { eventually } from '../eventually.js';
import type { Host } from '../host.js';
import type { Lab } from '../lab.js';
import { type ManifestNodes, startManifestNodes } from '../manifest-nodes.js';
import type { Node } from '../node.js';
import { type Prober, startProber } from '../prober.js';
import { kernelRoutes, type RouteMonitor, watchRoutes } from '../routers/kernel-routes.js';
import { startRouter } from '../routers/start.js';
import { startTap, type Tap } from '../tap.js';

export const key = '00112233445566778899aabbccddeeff'.repeat(2);
/** A key of nobody. */
export const wrongKey = 'f'.repeat(64);
export const intervalMs = 250;
/** Announced by BGP. */
export const prefix = '198.51.100.10/32';

/** The groups: all but the first are signed, with mode `enforce`. */
export const groups = {
  plain: { vip: '10.77.0.100', virtualRouterId: 7 },
  signed: { vip: '10.77.0.101', virtualRouterId: 8 },
  layer2: { vip: '10.77.0.102', virtualRouterId: 9 },
  six: { vip: 'fd77::100', virtualRouterId: 10 },
} as const;

export type GroupName = keyof typeof groups;

export interface Stage {
  readonly lab: Lab;
  readonly nodes: readonly Node[];
  readonly client: Host;
  readonly hostile: Host;
  readonly router: Host;
  /** Where the hostile host hears what all others say. */
  readonly tap: Tap;
  /** Ask each IPv4 address a hundred times a second. */
  readonly probers: ReadonlyMap<GroupName, Prober>;
  /** Changes of the router's routes to the nodes. */
  readonly routes: RouteMonitor;
  /** Whether each frame goes to every host: whoever is hostile may have made a hub of the switch. */
  hub(on: boolean): Promise<void>;
  /** The node that leads a group, and the one that does not. */
  leaderOf(group: GroupName): Promise<{ readonly leader: Node; readonly backup: Node }>;
  /** The Ethernet address of a node. */
  mac(node: Node): Promise<Uint8Array>;
}

export async function openStage(name: string): Promise<Stage> {
  const nodes = await startManifestNodes(name, 2);
  try {
    return await furnish(nodes);
  } catch (error) {
    nodes.lab.close();
    throw error;
  }
}

async function furnish({ lab, client, nodes, write }: ManifestNodes): Promise<Stage> {
  const router = await lab.addHost('router', 1);
  const hostile = await lab.addHost('hostile', 66);
  for (const node of nodes) {
    // In this mode a Service's packets are kube-proxy's; here the address is on lo, for which nobody but the agent is to answer.
    await node.host.run('sysctl', ['-qw', 'net.ipv4.conf.all.arp_ignore=1']);
    await node.host.run('ip', ['address', 'add', `${groups.layer2.vip}/32`, 'dev', 'lo']);
  }
  for (const node of nodes) writeFileSync(join(node.keysDir, 'lan.1'), `hex:${key}\n`, { mode: 0o600 });
  await startRouter('bird', lab.folder, router, {
    as: 64_513,
    neighbors: nodes.map(({ host }) => ({
      at: { address: host.address },
      as: 64_512,
      families: ['ipv4'],
      bfd: { intervalMs: 300, multiplier: 3 },
    })),
  });
  writeBgp(lab.folder, router, nodes);
  for (const [group, { vip, virtualRouterId }] of Object.entries(groups)) {
    const authentication = { keys: 'lan', keyId: 1, mode: 'enforce' } as const;
    write(group, {
      protocol: group === 'layer2' ? 'layer2' : 'vip',
      interface: 'eth0',
      addresses: [vip],
      vrrp: {
        virtualRouterId,
        advertisementInterval: `${intervalMs}ms`,
        ...(group === 'plain' ? { transport: 'unicast' } : { transport: 'multicast', authentication }),
      },
    });
  }
  for (const { vip } of Object.values(groups)) await settledLeader({ client, nodes, vip });
  await eventually('a route through both nodes', async () =>
    (await kernelRoutes(router)).some((route) => route.prefix === prefix && route.gateways.length === 2),
  );
  const tap = await startTap(hostile);
  const probed = (Object.keys(groups) as GroupName[]).filter((group) => group !== 'six');
  const probers = new Map(probed.map((group) => [group, startProber(client, groups[group].vip, 100)]));
  for (const prober of probers.values()) await prober.answered();
  return {
    ...{ lab, nodes, client, hostile, router, tap, probers },
    routes: await watchRoutes(router, [prefix]),
    hub: async (on) => {
      await run('ip', ['-n', lab.bridge, 'link', 'set', 'br0', 'type', 'bridge', 'ageing_time', on ? '0' : '30000']);
    },
    leaderOf: async (group) => {
      const leader = await settledLeader({ client, nodes, vip: groups[group].vip });
      return { leader, backup: nodes.find((node) => node !== leader)! };
    },
    mac: async ({ host }) => {
      const text = await host.run('cat', ['/sys/class/net/eth0/address']);
      return Uint8Array.from(Buffer.from(text.trim().replaceAll(':', ''), 'hex'));
    },
  };
}

function writeBgp(folder: string, router: Host, nodes: readonly Node[]): void {
  const apiVersion = 'network.kubesphere.io/v1alpha2';
  const items = [
    { apiVersion, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: 64_512 } },
    {
      ...{ apiVersion, kind: 'BgpPeer', metadata: { name: 'tor' } },
      spec: { conf: { neighborAddress: router.address, peerAs: 64_513 }, bfd: {} },
    },
    {
      ...{ apiVersion, kind: 'VipGroup', metadata: { name: 'routed' } },
      spec: {
        protocol: 'bgp',
        addresses: [prefix.split('/')[0]],
        members: nodes.map(({ name }) => ({ node: name, priority: 100 })),
      },
    },
  ];
  writeFileSync(join(folder, 'manifests', 'routed.json'), JSON.stringify({ kind: 'List', items }));
}

/** Waits until the router's way to the announced address leads through both nodes. */
export async function routed({ router }: Pick<Stage, 'router'>): Promise<void> {
  await eventually('a route through both nodes', async () =>
    (await kernelRoutes(router)).some((route) => route.prefix === prefix && route.gateways.length === 2),
  );
}

/** Who holds each address, as its node's agent says. */
export async function holders(stage: Stage): Promise<Readonly<Record<GroupName, string>>> {
  const reports = await Promise.all(stage.nodes.map(askNode));
  const held = (vip: string) =>
    stage.nodes
      .filter((_, i) => reports[i]!.members.some((member) => member.held.includes(vip)))
      .map(({ name }) => name);
  const entries = Object.entries(groups).map(([group, { vip }]) => [group, held(vip).join(' and ') || 'nobody']);
  return Object.fromEntries(entries);
}
