import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { imageName } from '../../../scripts/packaging/image.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import { startProcess } from '../../lab/process.js';
import { startTalkers, type Talkers } from '../../lab/talkers.js';
import type { RealNodes } from './cluster.js';
import { addressOf } from './installed.js';
import { type Judge, startJudge } from './judge.js';
import { programOnEachNode } from './objects.js';

/** Services whose connections are kept: by name, the addresses of their pool, the family and the traffic policy. */
export const talked = {
  four: { range: '10.198.0.220-10.198.0.229', family: 'IPv4', policy: 'Cluster' },
  six: { range: 'fd98::220-fd98::229', family: 'IPv6', policy: 'Cluster' },
  local: { range: '10.198.0.230-10.198.0.239', family: 'IPv4', policy: 'Local' },
} as const;
export type Talked = keyof typeof talked;

export const port = { outside: 80, inside: 7000 };

/** What is spoken with, and who leads. */
export interface TalkedTo {
  /** The node that holds the address, as the status of its group says. */
  leader(): Promise<string>;
  /** Who would lead if nothing had happened. */
  preferred(): Promise<string>;
  /** Changes its pool. @param spec a merge patch */
  changePool(spec: object): Promise<void>;
  /** Has its group go to who is preferred. */
  rebalance(): Promise<void>;
  /** Opens so many connections from the client. */
  talk(count: number): Promise<Talkers>;
  /** Begins to ask the same address by datagrams, 25 a second, which wait for nobody: how long that is silent is how long the address is. */
  datagrams(): Judge;
  /** The nodes whose kernels know a connection from a port of the client's. */
  knownBy(clientPort: number): Promise<readonly string[]>;
}

/** Has Pods on each node say back what they hear, and Services in front of them. Nothing is waited for but their addresses. */
export async function serveTalkers(cluster: RealNodes): Promise<ReadonlyMap<Talked, TalkedTo>> {
  const objects = [
    await echoes(),
    ...Object.entries(talked).flatMap(([name, each]) => [
      pool(name, each.range),
      service(name, each, 'TCP'),
      service(name, each, 'UDP'),
    ]),
  ];
  await eventually('the kinds of the CRDs', () => cluster.apply(...objects).then(() => true), { everyMs: 200 });
  await cluster.kubectl(['rollout', 'status', 'daemonset/echo', '--timeout=60s']);
  const served = new Map<Talked, TalkedTo>();
  for (const name of Object.keys(talked) as Talked[]) served.set(name, await talkedTo(cluster, name));
  return served;
}

/** A Pod on each node that says back what it hears. */
export async function echoes(): Promise<object> {
  const program = ['echo', String(port.inside)] as const;
  return programOnEachNode({ name: 'echo', image: await imageName(), program, port: port.inside });
}

/** Other ports than before each time: a node may have another connection, which ended lately, in mind that began from the same one. */
let firstPort = 20_000;

async function talkedTo(cluster: RealNodes, name: Talked): Promise<TalkedTo> {
  const [address, other] = await Promise.all(
    (['TCP', 'UDP'] as const).map((protocol) => addressOf(cluster, serviceName(name, protocol))),
  );
  assert.ok(address !== undefined && address === other, `${address} and ${other} are to be one`);
  const group = async () => {
    const { items } = await cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
    return items.find(({ spec }) => spec.addresses.includes(address)) ?? assert.fail(`no group has ${address}`);
  };
  return {
    leader: async () => (await group()).status?.holder ?? assert.fail(`nobody leads ${address}`),
    preferred: async () => (await group()).spec.members.toSorted((a, b) => b.priority - a.priority)[0]!.node,
    changePool: async (spec) => {
      await cluster.kubectl(['patch', 'eip', nameOf(name), '--type=merge', '-p', JSON.stringify({ spec })]);
    },
    rebalance: async () => {
      await cluster.kubectl(['annotate', 'eip', nameOf(name), 'eip.openelb.kubesphere.io/rebalance=true']);
    },
    talk: (count) => talkTo(cluster, address, count),
    datagrams: () => startJudge(cluster.folder, { datagrams: { protocol: 'udp', address, port: port.outside } }),
    knownBy: async (clientPort) => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      const asked = ['-L', '-f', family, '-p', 'tcp', '--orig-dst', address, '--orig-port-src', `${clientPort}`];
      const lists = await Promise.all(
        cluster.nodes.map((node) => run('ip', ['netns', 'exec', node, 'conntrack', ...asked])),
      );
      return cluster.nodes.filter((_, at) => lists[at]!.includes(`sport=${clientPort}`));
    },
  };
}

/** Opens so many connections from the client. */
export async function talkTo(cluster: RealNodes, address: string, count: number): Promise<Talkers> {
  const atClient = ['--net=/run/netns/c1'];
  const range = `net.ipv4.ip_local_port_range=${firstPort} ${firstPort + count + 99}`;
  firstPort += count + 100;
  await run('nsenter', [...atClient, 'sysctl', '-qw', range]);
  const start = (title: string, command: string, args: readonly string[]) =>
    startProcess({
      title,
      log: `${cluster.folder}/${title}.log`,
      command: 'nsenter',
      args: [...atClient, command, ...args],
    });
  const talkers = await startTalkers({ start }, [address], port.outside, count);
  await wait(500); // until what the beginning of so many costs is over
  talkers.forget();
  return talkers;
}

function nameOf(name: string): string {
  return `talk-${name}`;
}

function serviceName(name: string, protocol: 'TCP' | 'UDP'): string {
  return `${nameOf(name)}-${protocol.toLowerCase()}`;
}

function pool(name: string, address: string): object {
  return {
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'Eip',
    metadata: { name: nameOf(name) },
    spec: {
      address,
      protocol: 'vip',
      interface: 'eth0',
      vrrp: { groups: 1, advertisementInterval: '250ms', drainConnections: '5m' },
    },
  };
}

/** Those of both protocols share an address. */
function service(name: string, { range, family, policy }: (typeof talked)[Talked], protocol: 'TCP' | 'UDP'): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName(name, protocol),
      annotations: {
        'eip.openelb.kubesphere.io/sharing-key': name,
        'eip.openelb.kubesphere.io/v1alpha1': range.split('-')[0],
        'lb.kubesphere.io/v1alpha1': 'openelb',
        'eip.openelb.kubesphere.io/v1alpha2': nameOf(name),
      },
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: policy,
      ipFamilies: [family],
      selector: { app: 'echo' },
      ports: [{ protocol, port: port.outside, targetPort: port.inside }],
    },
  };
}
