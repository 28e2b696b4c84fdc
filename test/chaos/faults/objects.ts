/** What befalls the API server, and what people do to the objects in it. */
import { run } from '../../lab/command.js';
import { loadBalancer, vipPool } from '../../lab/stack.js';
import type { Fault, Scene } from './fault.js';

const kubectl = async ({ stack }: Scene, ...args: readonly string[]) => void (await stack.api.kubectl([...args]));

/** Somebody writes a status by hand. */
const writeStatus = (scene: Scene, kind: string, name: string, status: object) =>
  kubectl(scene, 'patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));

const toEtcd = async ({ stack }: Scene, signal: 'STOP' | 'CONT') =>
  void (await run('pkill', [`-${signal}`, '-f', `etcd .*${stack.lab.folder}/`]));

/** Nobody answers for it. What it is about is all that the programs write, but not itself. */
const refusingWebhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'chaos' },
  webhooks: [
    {
      name: 'chaos.example.com',
      clientConfig: { url: 'https://127.0.0.1:9/' },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
      failurePolicy: 'Fail',
      timeoutSeconds: 1,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
};

/** The first of a kind; undefined when there is none. */
async function oneOf({ stack }: Scene, kind: string): Promise<string | undefined> {
  const names = await stack.api.kubectl(['get', kind, '-o', 'jsonpath={.items[*].metadata.name}']);
  return names.split(' ').find((name) => name !== '');
}

async function changeGroup(scene: Scene, type: 'json' | 'merge', patch: object): Promise<void> {
  const group = await oneOf(scene, 'vipgroups');
  if (group !== undefined)
    await kubectl(scene, 'patch', 'vipgroup', group, `--type=${type}`, '-p', JSON.stringify(patch));
}

export const ofObjects: readonly Fault[] = [
  {
    name: 'the API server is away',
    lastsMs: [0, 0],
    befall: ({ stack, random }) => stack.api.restart(random.whole(0, 6_000)),
  },
  {
    name: 'the API server is away for long',
    lastsMs: [0, 0],
    befall: ({ stack, random }) => stack.api.restart(random.whole(10_000, 30_000)),
  },
  {
    name: 'etcd stands still',
    onlyReal: true,
    lastsMs: [200, 6_000],
    befall: (scene) => toEtcd(scene, 'STOP'),
    undo: (scene) => toEtcd(scene, 'CONT'),
  },
  {
    name: 'somebody’s webhook has the API server refuse all writes',
    onlyReal: true,
    lastsMs: [500, 6_000],
    befall: ({ stack }) => stack.apply(refusingWebhook),
    undo: (scene) =>
      kubectl(scene, 'delete', 'validatingwebhookconfiguration', refusingWebhook.metadata.name, '--ignore-not-found'),
  },
  {
    name: 'the node is cordoned',
    lastsMs: [500, 5_000],
    befall: (scene) => kubectl(scene, 'cordon', scene.node.name),
    undo: (scene) => kubectl(scene, 'uncordon', scene.node.name),
  },
  {
    name: 'the node is deleted, and registers anew',
    unfit: true,
    lastsMs: [0, 6_000],
    befall: (scene) => kubectl(scene, 'delete', 'node', scene.node.name),
    undo: ({ stack, node }) => stack.register(node),
  },
  {
    name: 'a Service comes and goes',
    lastsMs: [100, 4_000],
    befall: ({ stack }) => stack.apply(loadBalancer('guest')),
    undo: (scene) => kubectl(scene, 'delete', 'service', 'guest', '--ignore-not-found'),
  },
  {
    name: 'the pool grows and shrinks',
    lastsMs: [100, 3_000],
    befall: ({ stack }) => stack.apply(vipPool({ address: '10.77.0.100-10.77.0.120' })),
    undo: ({ stack }) => stack.apply(vipPool()),
  },
  {
    name: 'somebody deletes the groups',
    lastsMs: [0, 0],
    befall: (scene) => kubectl(scene, 'delete', 'vipgroups', '--all', '--wait=false'),
  },
  {
    name: 'somebody deletes the Leases of the programs',
    lastsMs: [0, 0],
    befall: (scene) => kubectl(scene, '-n', 'openelb-system', 'delete', 'leases', '--all', '--wait=false'),
  },
  {
    name: 'somebody writes an address into the status of a Service',
    lastsMs: [0, 0],
    befall: (scene) => writeStatus(scene, 'service', 's0', { loadBalancer: { ingress: [{ ip: '10.77.0.11' }] } }),
  },
  {
    name: 'somebody empties the status of a Service',
    lastsMs: [0, 0],
    befall: (scene) => writeStatus(scene, 'service', 's1', { loadBalancer: null }),
  },
  {
    name: 'somebody writes a holder into the status of a group',
    lastsMs: [0, 0],
    async befall(scene) {
      const group = await oneOf(scene, 'vipgroups');
      if (group !== undefined) await writeStatus(scene, 'vipgroup', group, { holder: scene.node.name });
    },
  },
  {
    name: 'somebody takes an address out of a group',
    unfit: 'all',
    lastsMs: [0, 0],
    befall: (scene) => changeGroup(scene, 'json', [{ op: 'remove', path: '/spec/addresses/0' }]),
  },
  {
    name: 'somebody takes all members out of a group',
    unfit: 'all',
    lastsMs: [0, 0],
    befall: (scene) => changeGroup(scene, 'merge', { spec: { members: [] } }),
  },
  {
    name: 'somebody gives a group another virtual router ID',
    unfit: 'all',
    lastsMs: [0, 0],
    befall: (scene) => changeGroup(scene, 'merge', { spec: { vrrp: { virtualRouterId: scene.random.whole(1, 255) } } }),
  },
  {
    name: 'somebody takes everything off what the product has put on the pool',
    lastsMs: [0, 0],
    async befall(scene) {
      await kubectl(scene, 'patch', 'eip', 'pool', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      await writeStatus(scene, 'eip', 'pool', { used: null, usage: 0, conditions: null });
    },
  },
  {
    name: 'somebody takes everything off what the product has put on a Service',
    lastsMs: [0, 0],
    befall: (scene) =>
      kubectl(scene, 'patch', 'service', 's2', '--type=merge', '-p', '{"metadata":{"finalizers":null,"labels":null}}'),
  },
];
