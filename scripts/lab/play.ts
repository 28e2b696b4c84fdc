import { writeFileSync } from 'node:fs';
import type { Node } from '../../test/lab/node.js';
import { startProber } from '../../test/lab/prober.js';
import type { Stack } from '../../test/lab/stack.js';
import { createWatch } from './watch.js';

const keys = `keys: an action, then a node's number
  c cut its cable          h heal it
  l lose its frames silently (the node keeps its carrier)
  t end its agent (SIGTERM)   k kill it (SIGKILL)   s stop it (SIGSTOP)   r run it again
  g get eip, vipgroups, svc   ? these keys   Ctrl-C (or q) ends and removes everything`;

/** Stays up, says when the address falls silent and who answers, and does what the keys say, until Ctrl-C, q or the end of stdin. */
export async function play(stack: Stack, o: { vip: string; say: (text: string) => void }): Promise<void> {
  const { say } = o;
  const kubectl = `${stack.lab.folder}/kubectl`;
  writeFileSync(kubectl, `#!/bin/sh\nexec ${stack.api.kubectlCommand.join(' ')} "$@"\n`, { mode: 0o755 });
  say(`
The playground stays up. In another terminal, as root:
  ${kubectl} get eip,vipgroups,svc
  ${kubectl} annotate svc NAME lb.kubesphere.io/v1alpha1=openelb
  ip netns exec ${stack.client.namespace} curl http://${o.vip}/
  ip -n ${stack.nodes[0]!.host.namespace} address show eth0
  tail -f ${stack.lab.folder}/n1-agent.log
${keys}
`);
  const prober = startProber(stack.client, o.vip, 200);
  const watch = createWatch(o.vip);
  const watching = setInterval(() => {
    for (const news of watch.feed(prober.take())) say(news);
  }, 100);
  await untilQuit(async (action, node) => {
    if (action === '?') say(keys);
    else if (action === 'g') say(await stack.api.kubectl(['get', 'eip,vipgroups,svc']));
    else if (node === undefined) say(`${action}: then a node's number, 1 to ${stack.nodes.length}`);
    else say(await act(action, node));
  }, stack.nodes);
  clearInterval(watching);
  say('removing the playground');
}

const signals = { t: 'SIGTERM', k: 'SIGKILL', s: 'SIGSTOP' } as const;

async function act(action: string, node: Node): Promise<string> {
  switch (action) {
    case 'c':
      await node.host.cable.cut();
      return `${node.name}: cable cut`;
    case 'l':
      await node.host.cable.cutSilently();
      return `${node.name}: its frames are lost, its carrier stays`;
    case 'h':
      await node.host.cable.heal();
      return `${node.name}: cable healed`;
    case 't':
    case 'k':
    case 's':
      node.agent().signal(signals[action]);
      return `${node.name}: ${signals[action]} sent to its agent`;
    case 'r':
      if (!node.agent().running()) {
        node.startAgent();
        return `${node.name}: agent started`;
      }
      node.agent().signal('SIGCONT');
      return `${node.name}: SIGCONT sent to its agent`;
    default:
      return `no such key: ${action} (? lists them)`;
  }
}

/** Reads keys from stdin, a terminal or not; white space between them is ignored. */
async function untilQuit(
  onAction: (action: string, node: Node | undefined) => Promise<void>,
  nodes: readonly Node[],
): Promise<void> {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  let action: string | undefined;
  try {
    for await (const chunk of stdin.setEncoding('utf8')) {
      for (const key of String(chunk)) {
        if (key === '\x03' || key === 'q') return;
        if (/\s/.test(key)) continue;
        if (action === undefined && !'g?'.includes(key)) {
          action = key;
          continue;
        }
        const node = nodes[Number(key) - 1];
        await onAction(action ?? key, node).catch((error: Error) => console.error(error.message));
        action = undefined;
      }
    }
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
  }
}
