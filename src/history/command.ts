/** The subcommand `history`: who led which group when, as the agents remember it. */
import type { AgentHistory } from '../agent/history/remembered.js';
import { clocksHeard, heartbeatSelector } from '../api/heard-lease.js';
import type { Command } from '../cli/command.js';
import { type FlagValues, nearest } from '../cli/flags.js';
import { paintFor } from '../cli/paint.js';
import { endWithReader } from '../cli/reader-gone.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { yamlOf } from '../cli/yaml-of.js';
import { leases } from '../platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { type Lease, readLease } from '../platform/kubernetes/lease-record.js';
import { describeError } from '../platform/observability/describe-error.js';
import { eitherOf } from '../status/either.js';
import { heardOf } from '../status/heard.js';
import { agentFlags, askNamedAgent, isAboutAgent, namespaceFlag, nodeNameOf } from '../status/local.js';
import { listGroups } from '../status/read.js';
import { clockOffsets, clocksText } from './clocks.js';
import { historyTable } from './history-table.js';
import { type Line, mergedHistory } from './merge.js';
import { readAgentHistory } from './read-answer.js';

export const command: Command = {
  usage: 'openelb-vip history [GROUP] [FLAGS]',
  about:
    'Prints who became the leader of a group, or ceased to be, when, why, and who led before or after: of all groups, or of one. From the API server ' +
    'the last three of each node in each group, also of those that are no members any more, and beside them all that the agent on this host remembers, up to 512; without an API server, ' +
    "or with --local or --agent, the latter alone. Times are UTC by each node's own clock; where clocks differ, that is said on standard error. " +
    'Ends with 0, or with 1 when nobody could be asked or there is no such group.',
  flags: [
    kubeconfigFlag,
    ...agentFlags,
    namespaceFlag,
    {
      name: 'output',
      short: 'o',
      type: 'string',
      value: 'json|yaml',
      help: 'A list of objects with at, node, group, from, to, reason, peer and, of a node that is no member any more, leftAt, as JSON or YAML.',
      check: (text) => (['json', 'yaml'].includes(text) ? undefined : 'it must be json or yaml'),
    },
  ],
  positionals: 'GROUP',
  run,
};

async function run(values: FlagValues, [group, ...more]: readonly string[]): Promise<number> {
  if (more.length > 0) {
    say(`${more.length + 1} groups are named: name one, or none for all`);
    return 2;
  }
  endWithReader(process.stdout);
  try {
    process.stdout.write(await shown(await look(values, group), values));
    return 0;
  } catch (error) {
    say(describeError(error));
    return 1;
  }
}

function say(text: string): void {
  process.stderr.write(`openelb-vip history: ${text}\n`);
}

async function look(values: FlagValues, group: string | undefined): Promise<readonly Line[]> {
  const local = () => askAgentHistory(values);
  const alone = (own: AgentHistory) => mergedHistory([], [own], group);
  if (isAboutAgent(values)) return alone(await local());
  return eitherOf({
    cluster: (answered, own) => ofCluster(values, group, answered, own),
    local,
    alone,
    node: nodeNameOf(values),
    say,
  });
}

async function ofCluster(
  values: FlagValues,
  group: string | undefined,
  answered: () => void,
  here: Promise<AgentHistory | undefined>,
): Promise<readonly Line[]> {
  const client = openClient(
    await loadConnection({ kubeconfig: values.kubeconfig as string | undefined, env: process.env }),
  );
  try {
    const [groups, differ] = await Promise.all([
      listGroups(client).finally(answered),
      differingClocks(client, String(values.namespace)),
    ]);
    if (differ !== undefined) say(differ);
    const names = groups.map(({ metadata }) => metadata.name);
    const own = await here;
    const lines = mergedHistory(groups, own === undefined ? [] : [own], group);
    // One that is gone is remembered by the agent here, if anywhere.
    if (group !== undefined && lines.length === 0 && !names.includes(group)) throw new Error(unknownText(group, names));
    return lines;
  } finally {
    client.close();
  }
}

function unknownText(group: string, names: readonly string[]): string {
  const close = nearest(group, names);
  const remedy = close === undefined ? 'openelb-vip status lists those that there are' : `did you mean ${close}?`;
  return `there is no VipGroup ${group}: ${remedy}`;
}

/** That clocks differ, or that it is not known whether they do. */
async function differingClocks(client: ApiClient, namespace: string): Promise<string | undefined> {
  try {
    const { items } = await client.list<Lease>(leases, { namespace, labelSelector: heartbeatSelector });
    const all = items.map(readLease);
    const clocks = all.map(clocksHeard).find((each) => each !== undefined);
    return clocksText(clockOffsets(heardOf(all), Date.now(), clocks));
  } catch (error) {
    return `whether the clocks of nodes agree cannot be said: ${describeError(error)}`;
  }
}

async function askAgentHistory(values: FlagValues): Promise<AgentHistory> {
  return readAgentHistory(await askNamedAgent(values, '/history'));
}

async function shown(lines: readonly Line[], values: FlagValues): Promise<string> {
  if (values.output === undefined) return historyTable(lines, Date.now(), paintFor(process.stdout, process.env));
  const data = lines.map(({ atMs, leftMs, ...line }) => ({
    at: new Date(atMs).toISOString(),
    ...line,
    ...(leftMs === undefined ? {} : { leftAt: new Date(leftMs).toISOString() }),
  }));
  return values.output === 'json' ? `${JSON.stringify(data)}\n` : yamlOf(data);
}
