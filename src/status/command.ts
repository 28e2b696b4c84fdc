/** The subcommand `status`: which node holds which addresses, from the API server or from one agent. */
import { hostname } from 'node:os';
import { vipGroups } from '../agent/kubernetes-groups.js';
import { agentSocket, askAgent } from '../agent/single-instance.js';
import type { VipGroup } from '../api/vip-group.js';
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/log.js';
import { type AgentStatus, agentTable, clusterTable } from './tables.js';

export const command: Command = {
  usage: 'openelb-vip status [FLAGS]',
  about:
    'Prints the VipGroups of the cluster with their holders and members; with --local or --agent, what one agent ' +
    'holds right now, without any API server.',
  flags: [
    kubeconfigFlag,
    {
      name: 'local',
      type: 'boolean',
      help: 'Ask the agent on this host.',
    },
    {
      name: 'agent',
      type: 'string',
      value: 'HOST:PORT',
      help: 'Ask the agent whose health or metrics address this is.',
      check: (text) => (URL.canParse(`http://${text}`) ? undefined : 'write HOST:PORT, for instance 127.0.0.1:17473'),
    },
    {
      name: 'node-name',
      env: 'NODE_NAME',
      type: 'string',
      value: 'NAME',
      help: 'The node name of the agent on this host, if it is not the host name.',
    },
    { name: 'json', type: 'boolean', help: 'Print JSON instead of a table.' },
  ],
  run,
};

async function run(values: FlagValues): Promise<number> {
  try {
    process.stdout.write(
      values.local === true || values.agent !== undefined ? await ofAgent(values) : await ofCluster(values),
    );
    return 0;
  } catch (error) {
    process.stderr.write(`openelb-vip status: ${describeError(error)}\n`);
    return 1;
  }
}

async function ofAgent(values: FlagValues): Promise<string> {
  const node = (values['node-name'] as string | undefined) ?? hostname().toLowerCase();
  const where =
    values.agent === undefined ? { socketPath: agentSocket(node) } : new URL(`http://${String(values.agent)}`);
  let text: string;
  try {
    text = await askAgent(where, '/status');
  } catch (cause) {
    const whom =
      values.agent === undefined
        ? `of node ${node} on this host (--node-name chooses another)`
        : `at ${String(values.agent)}`;
    throw new Error(`no answer from an agent ${whom}`, { cause });
  }
  return values.json === true ? text : agentTable(JSON.parse(text) as AgentStatus);
}

async function ofCluster(values: FlagValues): Promise<string> {
  const connection = await loadConnection({ kubeconfig: values.kubeconfig as string | undefined, env: process.env });
  const client = openClient(connection);
  try {
    const { items } = await client.list<VipGroup>(vipGroups);
    return values.json === true ? `${JSON.stringify(items)}\n` : clusterTable(items, Date.now());
  } finally {
    client.close();
  }
}
