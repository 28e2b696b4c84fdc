/** What befalls a cluster. Each fault says whether its node cannot be counted on meanwhile, and how it is undone. */
import { rm } from 'node:fs/promises';
import { run } from '../lab/command.js';
import { eventually } from '../lab/eventually.js';
import type { Node } from '../lab/node.js';
import { loadBalancer, type Stack, vipPool } from '../lab/stack.js';
import type { Random } from '../simulation/random.js';

/** Where it happens. */
export interface Scene {
  readonly stack: Stack;
  readonly random: Random;
  /** The node that it befalls, where it befalls one. */
  readonly node: Node;
  /** An address that a Service has for as long as the run lasts. */
  readonly address: string;
}

export interface Fault {
  readonly name: string;
  /** The node is not to be counted on until it is over, and for as long as a start takes afterwards. */
  readonly unfit?: true;
  /** For how long, in milliseconds: 0 for what is over at once. */
  readonly lastsMs: readonly [number, number];
  befall(scene: Scene): Promise<void>;
  undo?(scene: Scene): Promise<void>;
}

const signal =
  (name: NodeJS.Signals) =>
  async ({ node }: Scene) =>
    node.agent().signal(name);

async function startAgain({ node }: Scene): Promise<void> {
  node.agent().signal('SIGKILL'); // of one that was told to end, or stands still
  await eventually(`the end of the agent of ${node.name}`, () => !node.agent().running());
  node.startAgent();
}

const heal = async ({ node }: Scene) => void (await node.host.cable.heal());

/** Rules in the node's own tables, which go with their table. */
const table = async ({ node }: Scene, ...rules: readonly string[]) => {
  const chains = ['input', 'output'].map(
    (hook) => `add chain inet chaos ${hook} { type filter hook ${hook} priority 0; }`,
  );
  const input = ['add table inet chaos', ...chains, ...rules.map((rule) => `add rule inet chaos ${rule}`)].join('\n');
  await node.host.run('nft', ['-f', '-'], { input: `${input}\n` });
};
const withoutTable = async ({ node }: Scene) => {
  const input = 'add table inet chaos\ndelete table inet chaos\n'; // whether it is there or not
  await node.host.run('nft', ['-f', '-'], { input });
};

/** The other end of the cable is a port of the lab's bridge. */
async function newNic({ stack, node }: Scene): Promise<void> {
  const { host } = node;
  const bridge = (...args: readonly string[]) => run('ip', ['-n', stack.lab.bridge, ...args]);
  await bridge('link', 'delete', host.name);
  await bridge('link', 'add', host.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.namespace);
  await bridge('link', 'set', host.name, 'master', 'br0', 'up');
  await host.run('ip', ['address', 'add', `${host.address}/24`, 'brd', '+', 'dev', 'eth0']);
  await host.run('ip', ['address', 'add', `${host.address6}/64`, 'dev', 'eth0', 'nodad']);
  await host.run('ip', ['link', 'set', 'eth0', 'up']);
}

const onNic = (scene: Scene, ...args: readonly string[]) => scene.node.host.run('ip', args);

export const faults: readonly Fault[] = [
  { name: 'the agent is killed', unfit: true, lastsMs: [0, 6_000], befall: signal('SIGKILL'), undo: startAgain },
  {
    name: 'the agent is told to end',
    unfit: true,
    lastsMs: [300, 6_000],
    befall: signal('SIGTERM'),
    undo: startAgain,
  },
  {
    name: 'the agent stands still',
    unfit: true,
    lastsMs: [50, 8_000],
    befall: signal('SIGSTOP'),
    undo: signal('SIGCONT'),
  },
  {
    name: 'the agent starts with an empty state folder',
    unfit: true,
    lastsMs: [0, 1_000],
    async befall(scene) {
      scene.node.agent().signal('SIGKILL');
      await rm(`${scene.stack.lab.folder}/${scene.node.name}-state`, { recursive: true, force: true });
    },
    undo: startAgain,
  },
  {
    name: 'the cable is pulled',
    unfit: true,
    lastsMs: [20, 6_000],
    befall: async ({ node }) => void (await node.host.cable.cut()),
    undo: heal,
  },
  ...(['both', 'from-host', 'to-host'] as const).map(
    (direction): Fault => ({
      name: `the cable is dead, ${direction}, with its carrier`,
      unfit: true,
      lastsMs: [20, 6_000],
      befall: async ({ node }) => void (await node.host.cable.cutSilently(direction)),
      undo: heal,
    }),
  ),
  {
    name: 'a part of what comes in is lost',
    unfit: true,
    lastsMs: [500, 6_000],
    befall: (scene) => table(scene, `input numgen random mod 100 < ${scene.random.whole(10, 70)} drop`),
    undo: withoutTable,
  },
  {
    name: 'the API server is out of the node’s reach',
    lastsMs: [500, 8_000],
    befall: (scene) => table(scene, `output ip daddr ${scene.stack.control.address} drop`),
    undo: withoutTable,
  },
  { name: 'the NIC is taken away and made anew', unfit: true, lastsMs: [0, 0], befall: newNic },
  {
    name: 'the NIC goes down and up',
    unfit: true,
    lastsMs: [10, 2_000],
    befall: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'down')),
    undo: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'up')),
  },
  {
    name: 'the NIC has another MTU',
    lastsMs: [100, 3_000],
    befall: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'mtu', '1400')),
    undo: async (scene) => void (await onNic(scene, 'link', 'set', 'eth0', 'mtu', '1500')),
  },
  {
    name: 'the NIC has another MAC',
    unfit: true,
    lastsMs: [0, 0],
    async befall(scene) {
      const octets = Array.from({ length: 4 }, () => scene.random.whole(0, 255).toString(16).padStart(2, '0'));
      await onNic(scene, 'link', 'set', 'eth0', 'address', `02:42:${octets.join(':')}`);
    },
  },
  {
    name: 'somebody takes a virtual address off the NIC',
    lastsMs: [0, 0],
    befall: async (scene) => {
      await onNic(scene, 'address', 'delete', `${scene.address}/32`, 'dev', 'eth0').catch(() => {});
    },
  },
  {
    name: 'a program keeps a core busy',
    lastsMs: [500, 4_000],
    befall: async ({ node }) =>
      void node.host.start('busy', 'timeout', ['-s', 'KILL', '4', 'sh', '-c', 'while :; do :; done']),
  },
  {
    name: 'the controller is killed',
    lastsMs: [0, 5_000],
    befall: async ({ stack }) => stack.controller().signal('SIGKILL'),
    undo: startController,
  },
  {
    name: 'the controller is told to end',
    lastsMs: [300, 3_000],
    befall: async ({ stack }) => stack.controller().signal('SIGTERM'),
    undo: startController,
  },
  {
    name: 'the controller stands still',
    lastsMs: [100, 8_000],
    befall: async ({ stack }) => stack.controller().signal('SIGSTOP'),
    undo: async ({ stack }) => stack.controller().signal('SIGCONT'),
  },
  {
    name: 'the API server is away',
    lastsMs: [0, 0],
    befall: ({ stack, random }) => stack.api.restart(random.whole(0, 6_000)),
  },
  {
    name: 'the node is cordoned',
    lastsMs: [500, 5_000],
    befall: async ({ stack, node }) => void (await stack.api.kubectl(['cordon', node.name])),
    undo: async ({ stack, node }) => void (await stack.api.kubectl(['uncordon', node.name])),
  },
  {
    name: 'a Service comes and goes',
    lastsMs: [100, 4_000],
    befall: ({ stack }) => stack.apply(loadBalancer('guest')),
    undo: async ({ stack }) => void (await stack.api.kubectl(['delete', 'service', 'guest', '--ignore-not-found'])),
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
    befall: async ({ stack }) => void (await stack.api.kubectl(['delete', 'vipgroups', '--all', '--wait=false'])),
  },
  {
    name: 'somebody writes an address into the status of a Service',
    lastsMs: [0, 0],
    befall: async ({ stack }) => {
      const status = { loadBalancer: { ingress: [{ ip: '10.77.0.11' }] } };
      const patch = [
        'patch',
        'service',
        's0',
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      ];
      await stack.api.kubectl(patch);
    },
  },
];

async function startController({ stack }: Scene): Promise<void> {
  stack.controller().signal('SIGKILL');
  await eventually('the end of the controller', () => !stack.controller().running());
  stack.startController();
}
