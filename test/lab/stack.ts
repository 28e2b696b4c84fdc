import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { type LabApiServer, startApiServer } from './api-server.js';
import type { Around } from './confined.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { furnishedLab, type Lab } from './lab.js';
import { type Node, startNode, startProgram } from './node.js';
import type { Process } from './process.js';

/** Everything the product needs, running for real: an API server, the controller and an agent on each node. */
export interface Stack {
  readonly lab: Lab;
  readonly client: Host;
  readonly control: Host;
  readonly nodes: readonly Node[];
  readonly api: LabApiServer;
  /** The controller started last. */
  controller(): Process;
  /** Starts another controller; the one before must have ended. */
  /** Starts it anew once it has ended. */
  startController(): Process;
  /** Has the API server know a node, as its kubelet would. */
  register(node: Node): Promise<void>;
  /** Applies objects as a user would. */
  apply(...objects: readonly object[]): Promise<void>;
  /** The address that a Service of the default namespace was given. */
  addressOf(service: string): Promise<string>;
  /** The group that holds an address, as the API server has it. */
  groupOf(address: string): Promise<VipGroup>;
  /**
   * Waits until no group is to be handed over any more because of how this began: who takes up the first group does so unopposed, and the
   * controller has it given to the preferred leader once that has come.
   */
  settled(): Promise<void>;
  /** The node that holds the address by its group's status; waits until that is known (and not `other`). */
  holderOf(address: string, o?: { not?: string }): Promise<Node>;
}

interface StackOptions {
  readonly nodeCount?: number;
  readonly logLevel?: string;
  readonly dualStack?: boolean;
  /** The controller follows MetalLB's objects, whose kinds are installed in our wording. */
  readonly metallb?: boolean;
  /** The InternalIP of a node, which by default is its address on eth0. */
  readonly internalIp?: (host: Host) => string;
  /** The controller serves the web view, on its host's loopback: see `web-view`. */
  readonly web?: boolean;
  /** What a program runs in, which is started on that host. */
  readonly around?: (program: 'agent' | 'controller', host: Host, lab: Lab) => Around;
  readonly say?: (text: string) => void;
}

/** Where it serves that. */
export const webPort = 9444;

/** Starts a stack of `nodeCount` nodes (at most 50), n1, n2, … and says on the way what it does. */
export function startStack(name: string, o: StackOptions = {}): Promise<Stack> {
  return furnishedLab(name, (lab) => stackIn(lab, o));
}

/** A controller that has lost its Lease, to another or to an API server that was away, ends for its kubelet to start it anew. */
const startsAnew = /lost the leadership/;

/** In deploy/. */
const metallbRights = 'metallb/rbac.yaml';
const webRights = 'web/web.yaml';

async function stackIn(lab: Lab, o: StackOptions): Promise<Stack> {
  const { nodeCount = 3, say = () => {} } = o;
  say(`a switch, ${nodeCount} nodes, a client and a control host as network namespaces ${lab.name}-…`);
  const control = await lab.addHost('control', 2);
  const client = await lab.addHost('client', 200);
  const hosts: Host[] = [];
  for (let i = 1; i <= nodeCount; i += 1) hosts.push(await lab.addHost(`n${i}`, 10 + i));

  const { dualStack = false, metallb = false, web = false } = o;
  const manifests = [...(metallb ? [metallbRights] : []), ...(web ? [webRights] : [])];
  const api = await startApiServer(lab, control, { dualStack, manifests });
  say(api.kind === 'real' ? 'a real kube-apiserver and etcd are up' : 'the small API server is up');
  for (const host of [control, ...hosts]) await api.reach(host);
  // The workloads in it run nowhere, there being no kubelet; the rights they are given are those the programs here run with.
  await api.apply(['--server-side', '-f', join(projectRoot(), 'deploy', 'openelb-vip.yaml')]);
  if (metallb) await api.kubectl(['create', '-f', join(projectRoot(), 'deploy', 'metallb', 'crds')]);
  for (const rights of manifests) await api.apply(['--server-side', '-f', join(projectRoot(), 'deploy', rights)]);
  await api.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  const internalIp = o.internalIp ?? (({ address }: Host) => address);
  await createNodes(api, hosts, internalIp);

  const webhookAddress = await serveClusterIp(api, control);
  const controllerAccess = await api.accessOf('openelb-controller');
  const newController = () =>
    startProgram(
      control,
      'controller',
      {
        namespace: 'openelb-system',
        'webhook-address': webhookAddress,
        'log-level': o.logLevel ?? 'info',
        ...(web ? { 'web-address': `127.0.0.1:${webPort}` } : {}),
      },
      {
        ...controllerAccess,
        // As of a container that the kubelet starts anew in its Pod.
        env: { ...controllerAccess.env, POD_UID: 'one', OPENELB_METALLB_OBJECTS: String(metallb) },
      },
      o.around?.('controller', control, lab),
    );
  let isClosed = false;
  const startController = (): Process => {
    const started = newController();
    void started.exited.then(() => {
      if (!isClosed && startsAnew.test(started.log())) controller = startController();
    });
    return started;
  };
  let controller = startController();
  const nodes = await Promise.all(
    hosts.map(async (host) =>
      startNode(host, {
        access: await api.accessOf('openelb-agent', host.name),
        folder: lab.folder,
        ...(o.around === undefined ? {} : { around: o.around('agent', host, lab) }),
        ...(o.logLevel === undefined ? {} : { logLevel: o.logLevel }),
      }),
    ),
  );
  say(`the controller and ${nodeCount} agents are started`);

  const groups = async () =>
    (JSON.parse(await api.kubectl(['get', 'vipgroups', '-o', 'json'])) as { items: VipGroup[] }).items;
  const groupOf = async (address: string) => {
    const group = (await groups()).find((item) => item.spec.addresses.includes(address));
    if (group === undefined) throw new Error(`no VipGroup has ${address}`);
    return group;
  };
  return {
    lab: {
      ...lab,
      close: () => {
        isClosed = true;
        closeAndCompare(lab, api);
      },
    },
    client,
    control,
    nodes,
    api,
    controller: () => controller,
    startController: () => {
      assert(!controller.running(), 'a Pod has one controller at a time');
      controller = startController();
      return controller;
    },
    register: ({ host }) => createNodes(api, [host], internalIp),
    apply: async (...objects) => {
      const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
      await api.apply(['-f', '-'], { input });
    },
    addressOf: (service) =>
      eventually(
        `an address for Service ${service}`,
        async () =>
          (await api.kubectl(['get', 'service', service, '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'])) ||
          undefined,
        { withinMs: 20_000, everyMs: 50, onTimeout: () => controller.log() },
      ),
    groupOf,
    settled: async () => {
      await eventually(
        'each group at its preferred leader, and nobody on its way out',
        async () => {
          const all = await groups();
          const onNics = (await Promise.all(nodes.map(({ host }) => host.addresses()))).flat();
          const doubled = all.flatMap(({ spec }) => spec.addresses).filter((each) => count(onNics, each) > 1);
          return all.every(isHome) && doubled.length === 0;
        },
        { withinMs: 30_000, onTimeout: () => controller.log() },
      );
    },
    holderOf: (address, { not } = {}) =>
      eventually(
        `a holder of ${address}${not === undefined ? '' : ` other than ${not}`} in its group's status`,
        async () => {
          const holder = (await groupOf(address)).status?.holder;
          return holder === not ? undefined : nodes.find((node) => node.name === holder);
        },
        {
          withinMs: 20_000,
          everyMs: 50,
          onTimeout: () => nodes.map((node) => `--- ${node.name}\n${node.agent().log()}`).join('\n'),
        },
      ),
  };
}

function count(texts: readonly string[], text: string): number {
  return texts.filter((each) => each === text).length;
}

/** Whether a group stays where it is: it has a leader, and not by the chance of a cold start. */
function isHome({ spec, status }: VipGroup): boolean {
  const [best] = spec.members.toSorted((a, b) => b.priority - a.priority);
  if (spec.addresses.length === 0 || best === undefined) return true;
  return status?.holder === best.node || (status?.holder !== undefined && status.reason !== 'unopposed');
}

/** @throws Error when the programs have called what the RBAC that users apply does not allow them. */
function closeAndCompare(lab: Lab, api: LabApiServer): void {
  const refused = api.refused();
  lab.close();
  if (refused.length > 0) throw new Error(`the rendered RBAC does not allow this:\n${refused.join('\n')}`);
}

/** An Eip in `vip` mode over the lab's network; `groups` as in its spec. */
export function vipPool(o: { address?: string; interval?: string; groups?: number } = {}): Eip & object {
  return {
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'Eip',
    metadata: { name: 'pool', annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } },
    spec: {
      address: o.address ?? '10.77.0.100-10.77.0.110',
      protocol: 'vip',
      interface: 'eth0',
      vrrp: {
        advertisementInterval: o.interval ?? '250ms',
        ...(o.groups === undefined ? {} : { groups: o.groups }),
      },
    },
  };
}

/** The same with externalTrafficPolicy Local: only nodes with an endpoint may announce its address. */
export function localLoadBalancer(name: string, annotations: Readonly<Record<string, string>> = {}): object {
  const service = loadBalancer(name, annotations) as { readonly spec: object };
  return { ...service, spec: { ...service.spec, externalTrafficPolicy: 'Local' } };
}

/** A Service that asks for an address as OpenELB's users do. */
export function loadBalancer(name: string, annotations: Readonly<Record<string, string>> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', ...annotations },
    },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  };
}

/**
 * There is no kube-proxy either: the API server and the controller's webhook are on one host, so that gets the cluster IP of the
 * webhook's Service.
 */
async function serveClusterIp(api: LabApiServer, control: Host): Promise<string> {
  const ip = '{.spec.clusterIP}:{.spec.ports[0].port}';
  const address = await api.kubectl(['-n', 'openelb-system', 'get', 'svc', 'openelb-webhook', '-o', `jsonpath=${ip}`]);
  await control.run('ip', ['address', 'add', `${address.split(':')[0]}/32`, 'dev', 'lo']);
  return address;
}

/** There is no kubelet: its part, the Node objects and their addresses, is played here. */
async function createNodes(
  api: LabApiServer,
  hosts: readonly Host[],
  internalIp: (host: Host) => string,
): Promise<void> {
  const nodes = hosts.map((host) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: host.name, labels: { 'kubernetes.io/hostname': host.name } },
    status: {
      addresses: [
        { type: 'InternalIP', address: internalIp(host) },
        { type: 'Hostname', address: host.name },
      ],
      conditions: [{ type: 'Ready', status: 'True', reason: 'Lab', message: 'played by the lab' }],
    },
  }));
  const input = nodes.map((node) => JSON.stringify(node)).join('\n---\n');
  await api.apply(['--server-side', '-f', '-'], { input });
  await api.apply(['--server-side', '--subresource=status', '--force-conflicts', '-f', '-'], { input });
}
