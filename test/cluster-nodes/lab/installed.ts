import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageName } from '../../../scripts/packaging/image.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { eventually } from '../../lab/eventually.js';
import type { RealNodes } from './cluster.js';
import { type Judge, startJudge, type Target } from './judge.js';
import { nodePort, nodePortOfEach, pools, portsOf, responders, type ServiceSettings, service } from './objects.js';

/** The product as a user installs it, with Services that a judge asks all the time. */
export interface Installed {
  readonly cluster: RealNodes;
  /** Asks `tcp` and `udp` (Local), `six` and `layer2` (Cluster). */
  readonly judge: Judge;
  /** The address of each Service. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The node that holds a Service's address, as the status of its group says; undefined while nobody does. */
  holderOf(service: string): Promise<string | undefined>;
  /** As the function of that name. */
  settled(withinMs?: number): Promise<void>;
  /** The agent's Pod on a node, which must have one. */
  agentOn(node: string): Promise<string>;
}

export const namespace = 'openelb-system';
export const manifest = () => join(projectRoot(), 'deploy/openelb-vip.yaml');

/** What the judge asks: TCP and UDP, both families, both modes and both policies. */
export const services: readonly ServiceSettings[] = [
  { name: 'tcp', pool: 'vip', protocol: 'TCP', policy: 'Local' },
  { name: 'udp', pool: 'vip', protocol: 'UDP', policy: 'Local' },
  { name: 'six', pool: 'vip6', protocol: 'TCP', policy: 'Cluster' },
  { name: 'layer2', pool: 'layer2', protocol: 'TCP', policy: 'Cluster' },
];

/** The Pods that answer, which need no load balancer. */
export async function deployResponders(cluster: RealNodes): Promise<void> {
  await cluster.apply(responders(await imageName()), nodePort());
  await cluster.kubectl(['rollout', 'status', 'daemonset/responder', '--timeout=60s']);
}

/** By the rendered manifest. */
export async function install(cluster: RealNodes): Promise<void> {
  await cluster.kubectl(['apply', '-f', manifest()]);
}

/** Takes away what a file of tests before has installed, by whichever way. */
export async function uninstallAll(cluster: RealNodes): Promise<void> {
  await cluster.helm(['uninstall', 'openelb', '-n', namespace, '--ignore-not-found', '--wait', '--timeout=60s']);
  await cluster.kubectl(['delete', '--ignore-not-found', '-f', manifest(), '--timeout=150s']);
}

/** Installs, unless it is there, and waits until each Service has an address and all is settled. */
export async function installed(cluster: RealNodes): Promise<Installed> {
  await deployResponders(cluster);
  await install(cluster);
  return served(cluster);
}

/** Has the Services served by what is installed. */
export async function served(cluster: RealNodes): Promise<Installed> {
  await eventually('the kinds of the CRDs', () => cluster.apply(...pools()).then(() => true), { everyMs: 200 });
  await cluster.apply(...services.map(service));
  const addresses = new Map<string, string>();
  for (const { name } of services) addresses.set(name, await addressOf(cluster, name));
  await translated(cluster, addresses);
  const targets = Object.fromEntries(
    services.map(({ name, protocol }): [string, Target] => {
      const address = addresses.get(name)!;
      return [name, { protocol: protocol === 'UDP' ? 'udp' : 'tcp', address, port: portsOf[protocol].port }];
    }),
  );
  const nodes = cluster.nodes.map((node): [string, Target] => {
    const address = `10.198.0.${10 + Number(node.slice(1))}`;
    return [node, { protocol: 'tcp', address, port: nodePortOfEach }];
  });
  const judge = startJudge(cluster.folder, targets, Object.fromEntries(nodes));
  const agentOn = async (node: string) => {
    const name = await cluster.kubectl([
      ...['-n', namespace, 'get', 'pods', '-l', 'component=agent', '--field-selector', `spec.nodeName=${node}`],
      ...['-o', 'jsonpath={.items[0].metadata.name}'],
    ]);
    assert.notEqual(name, '', `no agent's Pod on ${node}`);
    return name;
  };
  const product: Installed = {
    cluster,
    judge,
    addresses,
    agentOn,
    holderOf: async (name) => {
      const address = addresses.get(name) ?? assert.fail(`there is no Service ${name}`);
      const { items } = await cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
      return items.find(({ spec }) => spec.addresses.includes(address))?.status?.holder;
    },
    settled: (withinMs) => settled(cluster, withinMs),
  };
  try {
    await product.settled();
  } catch (error) {
    judge.end();
    throw error;
  }
  return product;
}

/**
 * Waits until kube-proxy knows the addresses on each node. A datagram that comes before is not translated, which conntrack remembers as long as
 * its sender goes on, and for 30 s: a client that has the same port then would be lost.
 */
async function translated(cluster: RealNodes, addresses: ReadonlyMap<string, string>): Promise<void> {
  await eventually(
    'the rules of kube-proxy for each address on each node',
    async () => {
      const rules = (node: string, program: string) => cluster.host(node).run(program, ['-t', 'nat']);
      const saved = await Promise.all(
        cluster.nodes.map(async (node) =>
          (await Promise.all(['iptables-save', 'ip6tables-save'].map((program) => rules(node, program)))).join(''),
        ),
      );
      return saved.every((text) => [...addresses.values()].every((address) => text.includes(` -d ${address}/`)));
    },
    { withinMs: 30_000 },
  );
}

/**
 * Waits until each group has a leader and every other node stands by, and all Pods are ready and have been so for as long as the DaemonSet wants
 * it: of a DaemonSet that is changed before, Kubernetes ends all Pods at once. A kubelet 1.20 may take a minute and a half until
 * it says that a Pod has ended, and the next one waits for the ports.
 */
export async function settled(cluster: RealNodes, withinMs = 150_000): Promise<void> {
  let last = '';
  await eventually(
    'all Pods ready, and each group with one leader and all others standing by',
    async () => {
      const { items } = await cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
      const pods = await cluster.get<{ items: readonly Pod[] }>('-n', namespace, 'pods');
      const sets = await cluster.get<{ items: readonly DaemonSet[] }>('-n', namespace, 'daemonsets');
      last = JSON.stringify(
        items.map(({ spec, status }) => ({ spec, status })),
        null,
        1,
      );
      const whole = items.filter(isElected).every((group) => isWhole(group, cluster));
      return whole && pods.items.every(isReady) && sets.items.every(isAvailable);
    },
    { withinMs, everyMs: 200, onTimeout: () => last },
  );
}

/** The agent on a node, which must run. */
export async function agentsProcess(cluster: RealNodes, node: string): Promise<number> {
  for (const pid of await cluster.processes(node, 'node'))
    if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('\0agent\0')) return pid;
  return assert.fail(`no agent runs on ${node}`);
}

/** Says at once what went wrong and what became of everything, if a test failed. For Mocha's afterEach. */
export async function tellFailure(test: Mocha.Test | undefined, cluster: RealNodes): Promise<void> {
  if (test?.state !== 'failed') return;
  const { kubectl } = cluster;
  console.log(test.err?.stack);
  console.log(await kubectl(['get', 'nodes,pods,services', '-A', '-o', 'wide']).catch(String));
  console.log(await kubectl(['get', 'vipgroups', '-o', 'yaml']).catch(String));
  console.log(await kubectl(['get', 'events', '-A', '--field-selector', 'type=Warning']).catch(String));
  console.log(await lastLines(cluster));
}

/** Of the logs of both programs' containers, as the nodes have them, also those that the API server knows no more. */
async function lastLines({ folder, nodes }: RealNodes): Promise<string> {
  const texts: string[] = [];
  for (const node of nodes) {
    const logs = join(folder, node, 'pods-log');
    const files = (await readdir(logs, { recursive: true })).filter((each) => /openelb-.*\.log$/.test(each));
    for (const file of files.sort()) {
      const lines = (await readFile(join(logs, file), 'utf8').catch(String)).trimEnd().split('\n');
      texts.push(`${node} ${file}`, ...lines.slice(-60));
    }
  }
  return texts.join('\n');
}

export function addressOf(cluster: RealNodes, name: string, withinMs = 30_000): Promise<string> {
  return eventually(
    `an address for Service ${name}`,
    async () => {
      const path = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
      return (await cluster.kubectl(['get', 'service', name, '-o', path])) || undefined;
    },
    { withinMs },
  );
}

/** One node leads, rather than all of them. */
function isElected({ spec }: VipGroup): boolean {
  return spec.addresses.length > 0 && spec.protocol !== 'bgp';
}

function isWhole({ spec, status }: VipGroup, cluster: RealNodes): boolean {
  const states = (status?.members ?? []).map(({ state }) => state).toSorted();
  const others = cluster.nodes.length - 1;
  return (
    status?.holder !== undefined &&
    spec.members.length === cluster.nodes.length &&
    spec.members.every(({ lastResort }) => lastResort === undefined) &&
    states.join(' ') === ['Active', ...Array<string>(others).fill('Backup')].join(' ')
  );
}

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface DaemonSet {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

function isAvailable({ metadata, status }: DaemonSet): boolean {
  const {
    desiredNumberScheduled: wanted,
    updatedNumberScheduled: updated = 0,
    numberAvailable: available = 0,
  } = status;
  return status.observedGeneration === metadata.generation && updated >= wanted && available >= wanted;
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}
