/** What befalls the programs themselves, and what they keep on their node. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import type { Node } from '../../lab/node.js';
import type { Fault, Scene } from './fault.js';

const signal =
  (name: NodeJS.Signals) =>
  async ({ node }: Scene) =>
    node.agent().signal(name);

async function startAgain({ node }: Scene): Promise<void> {
  node.agent().signal('SIGKILL'); // of one that was told to end, or stands still
  await eventually(`the end of the agent of ${node.name}`, () => !node.agent().running());
  node.startAgent();
}

async function startController({ stack }: Scene): Promise<void> {
  const former = stack.controller();
  former.signal('SIGKILL');
  await former.exited;
  if (stack.controller() === former) stack.startController();
}

/** Of the agents' Pods, which are called by it and their node. */
const account = 'openelb-agent';
const deletePod = async ({ stack, node }: Scene) => {
  const how = ['--force', '--grace-period=0', '--ignore-not-found'];
  await stack.api.kubectl(['-n', 'openelb-system', 'delete', 'pod', `${account}-${node.name}`, ...how]);
};

const removeState = ({ node }: Scene) => rm(node.stateDir, { recursive: true, force: true });

/** Of its own, without room for anything more. */
async function fullDisk({ node }: Scene): Promise<void> {
  await mkdir(node.stateDir, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'chaos', node.stateDir]);
  await writeFile(join(node.stateDir, 'full'), 'x'.repeat(4_096));
}

/** Takes the full disk away, where there is one. */
export async function emptyDisk({ stateDir }: Pick<Node, 'stateDir'>): Promise<void> {
  await run('umount', ['-l', stateDir]).catch(() => {});
}

export const ofPrograms: readonly Fault[] = [
  { name: 'the agent is killed', unfit: true, lastsMs: [0, 6_000], befall: signal('SIGKILL'), undo: startAgain },
  { name: 'the agent is told to end', unfit: true, lastsMs: [300, 6_000], befall: signal('SIGTERM'), undo: startAgain },
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
      await removeState(scene);
    },
    undo: startAgain,
  },
  {
    name: 'a file takes the place of the state folder',
    lastsMs: [100, 6_000],
    async befall(scene) {
      await removeState(scene);
      await writeFile(scene.node.stateDir, '', { flag: 'wx' });
    },
    undo: removeState,
  },
  {
    name: 'the disk of the state folder is full',
    lastsMs: [100, 6_000],
    befall: fullDisk,
    undo: ({ node }) => emptyDisk(node),
  },
  {
    name: 'the agent starts on a full disk',
    unfit: true,
    lastsMs: [100, 6_000],
    async befall(scene) {
      scene.node.agent().signal('SIGKILL');
      await fullDisk(scene);
      await startAgain(scene);
    },
    undo: ({ node }) => emptyDisk(node),
  },
  {
    name: 'the state folder is lost while the agent runs',
    lastsMs: [0, 0],
    befall: removeState,
  },
  {
    // Its Pod is gone for the API server, and its token with it, while the program runs on: until the kubelet ends that, and a new one starts.
    name: 'the agent’s Pod is deleted by force',
    onlyReal: true,
    unfit: true,
    lastsMs: [500, 8_000],
    befall: deletePod,
    async undo(scene) {
      await deletePod(scene); // of an undo that came half way
      await scene.stack.api.accessOf(account, scene.node.name);
      await startAgain(scene);
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
];
