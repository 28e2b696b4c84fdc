import type { Host } from '../../test/lab/host.js';
import type { Node } from '../../test/lab/node.js';
import { startProber } from '../../test/lab/prober.js';
import type { Stack } from '../../test/lab/stack.js';
import type { Commands } from './commands.js';
import { type Action, type Command, endOfKeys, type KeyState, readKeys } from './keys.js';
import { poolName } from './pool.js';
import { keysOf } from './terminal.js';
import { createWatch } from './watch.js';

const keys = `keys: an action, then a node's number
  c cut its cable          h heal it
  l lose its frames silently (the node keeps its carrier)
  t end its agent (SIGTERM)   k kill it (SIGKILL)   s stop it (SIGSTOP)   r run it again
  g get eip, vipgroups, svc   ? these keys   Ctrl-C (or q) ends and removes everything`;

/** Stays up, says when the address falls silent and who answers, and does what the keys say, until Ctrl-C, q or the end of stdin. */
export async function play(
  stack: Stack,
  o: { vip: string; commands: Commands; say: (text: string) => void; router?: Host },
): Promise<void> {
  const { say } = o;
  say(`\nThe playground stays up. In another terminal, as root:\n${hints(stack, o).join('\n')}\n${keys}\n`);
  const prober = startProber(stack.client, o.vip, 200);
  const watch = createWatch(o.vip);
  const watching = setInterval(() => {
    for (const news of watch.feed(prober.take())) say(news);
  }, 100);
  await untilQuit(stack.nodes.length, async (command) => {
    if (command.kind === 'help') say(keys);
    else if (command.kind === 'wrong') say(command.text);
    else if (command.kind === 'objects') say(await stack.api.kubectl(['get', 'eip,vipgroups,svc']));
    else if (command.kind === 'act') say(await act(command.action, stack.nodes[command.node - 1]!));
  });
  clearInterval(watching);
  say('removing the playground');
}

/** Command lines that work as they stand. */
export function hints(
  stack: Stack,
  { vip, commands, router }: { vip: string; commands: Commands; router?: Host },
): readonly string[] {
  const { kubectl, openelbVip, get } = commands;
  const [node] = stack.nodes;
  return [
    `export PATH=${stack.lab.folder}:$PATH   # kubectl, openelb-vip and get are then those of the playground`,
    `${kubectl} get eip,vipgroups,svc`,
    `${openelbVip} status`,
    commands.statusOf(node!.host),
    `${get} http://${vip}/`,
    ...(router === undefined
      ? [`ip -n ${stack.client.namespace} neigh show ${vip}`, `ip -n ${node!.host.namespace} address show eth0`]
      : [`ip -n ${router.namespace} route show ${vip}`, `${kubectl} cordon ${node!.name}`]),
    `${kubectl} create service loadbalancer mine --tcp=80`,
    `${kubectl} annotate svc mine lb.kubesphere.io/v1alpha1=openelb eip.openelb.kubesphere.io/v1alpha2=${poolName}`,
    `tail -f ${stack.lab.folder}/n1-agent.log`,
  ].map((line) => `  ${line}`);
}

const signals = { terminate: 'SIGTERM', kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

async function act(action: Action, node: Node): Promise<string> {
  const agent = node.agent();
  switch (action) {
    case 'cut':
      await node.host.cable.cut();
      return `${node.name}: cable cut`;
    case 'lose':
      await node.host.cable.cutSilently();
      return `${node.name}: its frames are lost, its carrier stays`;
    case 'heal':
      await node.host.cable.heal();
      return `${node.name}: cable healed`;
    case 'run':
      if (!agent.running()) {
        node.startAgent();
        return `${node.name}: agent started`;
      }
      agent.signal('SIGCONT');
      return `${node.name}: SIGCONT sent to its agent`;
    default:
      if (!agent.running()) return `${node.name}: its agent has ended already (r runs it again)`;
      agent.signal(signals[action]);
      return `${node.name}: ${signals[action]} sent to its agent`;
  }
}

/**
 * Does what the keys say, one after the other, until q, the end of the keys, or an interrupt, which waits for nothing. What fails is
 * told, and the next key counts.
 */
async function untilQuit(nodeCount: number, perform: (command: Command) => Promise<void>): Promise<void> {
  let state: KeyState = {};
  let performed = Promise.resolve();
  const queue = (command: Command) => {
    performed = performed.then(() => perform(command)).catch((error: Error) => console.error(error.message));
  };
  for await (const text of keysOf(process.stdin)) {
    const { state: next, commands } = readKeys(state, text, nodeCount);
    state = next;
    if (commands.some(({ kind }) => kind === 'interrupt')) return;
    for (const command of commands) {
      if (command.kind === 'quit') return performed;
      queue(command);
    }
  }
  for (const command of endOfKeys(state, nodeCount)) queue(command);
  await performed;
}
