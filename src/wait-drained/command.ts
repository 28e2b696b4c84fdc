/** The subcommand `wait-drained`: waits until no connection goes by a node any more that was taken out of service. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { type ApiClient, openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/describe-error.js';
import { listGroups } from '../status/read.js';
import { isQuiet, type Standing, standingOf, standingText } from './standing.js';

/** Between two looks, in milliseconds. */
const pauseMs = 1_000;
/** Agents count each 10 s: what was none for so long is none. */
const quietMs = 15_000;

export const command: Command = {
  usage: 'openelb-vip wait-drained NODE',
  about:
    'After kubectl drain, and before the node is switched off: waits until the node holds no address, and for 15 s no other node has handed on to it ' +
    'what belongs to connections from before its addresses moved. Says how many there are whenever that changes. Ends with 0, or with 1 when the time ' +
    'is over or there is no such member.',
  flags: [
    kubeconfigFlag,
    {
      name: 'timeout',
      type: 'string',
      value: 'SECONDS',
      default: '360',
      help: 'How long all of that may take. Connections are handed on for 5 minutes, where spec.vrrp.drainConnections says nothing else.',
      check: (text) => (/^[1-9][0-9]{0,4}$/.test(text) ? undefined : 'write whole seconds from 1 to 99999'),
    },
    {
      name: 'on-sigterm',
      type: 'boolean',
      help: 'Does nothing until SIGTERM comes, and waits then: in a Pod that kubectl drain evicts, and whose end it waits for.',
    },
  ],
  positionals: 'NODE',
  run,
};

async function run(values: FlagValues, [node, ...more]: readonly string[]): Promise<number> {
  if (node === undefined || more.length > 0) {
    say(node === undefined ? 'which node? name it, as in wait-drained n1' : 'name one node');
    return 2;
  }
  if (values['on-sigterm'] === true) await told();
  try {
    const kubeconfig = values.kubeconfig as string | undefined;
    const client = openClient(await loadConnection({ kubeconfig, env: process.env }));
    try {
      return await wait(client, node, Number(values.timeout) * 1_000);
    } finally {
      client.close();
    }
  } catch (error) {
    say(describeError(error));
    return 1;
  }
}

/** Resolves when the process is to end. */
function told(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 1 << 30); // Node.js ends a process that waits for nothing but a signal
    process.once('SIGTERM', () => {
      clearInterval(alive);
      resolve();
    });
  });
}

function say(text: string): void {
  process.stderr.write(`openelb-vip wait-drained: ${text}\n`);
}

async function wait(client: ApiClient, node: string, timeoutMs: number): Promise<number> {
  const until = performance.now() + timeoutMs;
  let said = '';
  let quietSince: number | undefined;
  for (;;) {
    const looked = await look(client, node);
    const text = looked instanceof Error ? describeError(looked) : standingText(looked, node);
    const now = performance.now();
    if (looked instanceof Error || !isQuiet(looked)) quietSince = undefined;
    else quietSince ??= now;
    if (quietSince !== undefined && now - quietSince >= quietMs) {
      process.stdout.write(`${text}\n`);
      return 0;
    }
    if (text !== said && quietSince === undefined) say(text);
    said = text;
    if (now + pauseMs > until) {
      say(`not within ${timeoutMs / 1_000} s`);
      return 1;
    }
    await sleep(pauseMs);
  }
}

/** An error where the API server could not be asked now; it may be later. Rejects when there is no such member anywhere. */
async function look(client: ApiClient, node: string): Promise<Standing | Error> {
  let standing: Standing;
  try {
    standing = standingOf(await listGroups(client), node, Date.now());
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  if (!standing.isMember)
    throw new Error(`no VipGroup has a member ${node}: openelb-vip status lists those that there are`);
  return standing;
}
