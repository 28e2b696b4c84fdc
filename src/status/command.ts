/** The subcommand `status`: which node holds which addresses, from the API server or from one agent. */
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { type Paint, paintFor } from '../cli/paint.js';
import { endWithReader } from '../cli/reader-gone.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { yamlOf } from '../cli/yaml-of.js';
import { openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/describe-error.js';
import { agentTable } from './agent-table.js';
import { eitherOf } from './either.js';
import { groupTable } from './group-table.js';
import {
  type AgentAnswer,
  agentFlags,
  askAgentStatus,
  isAboutAgent,
  namespaceFlag,
  nodeNameOf,
  skewText,
} from './local.js';
import { poolTable } from './pool-table.js';
import { listGroups, readSeen, type Seen } from './read.js';
import { sessionTable } from './session-table.js';
import { troubleTable } from './trouble-table.js';
import type { View } from './view.js';
import { showAgain } from './watch.js';

export const command: Command = {
  usage: 'openelb-vip status [FLAGS]',
  about:
    'Prints the pools of the cluster, its VipGroups with their holders and members, what is in conflict, and the sessions of nodes with BGP routers, ' +
    'each with how long ago it was heard of (HEARD). Without an API server that answers, or with --local or --agent: what one agent holds ' +
    'right now. Ends with 0, or with 1 when nobody could be asked.',
  flags: [
    kubeconfigFlag,
    ...agentFlags,
    namespaceFlag,
    {
      name: 'output',
      short: 'o',
      type: 'string',
      value: 'wide|json|yaml',
      help: 'More columns: the NIC, and how often the holder changed; or JSON, or YAML.',
      check: (text) => (['wide', 'json', 'yaml'].includes(text) ? undefined : 'it must be wide, json or yaml'),
    },
    { name: 'json', type: 'boolean', help: 'The same as -o json.' },
    { name: 'names', type: 'boolean', help: 'Only the names of the groups, a line for each: what shells complete by.' },
    {
      name: 'watch',
      short: 'w',
      type: 'boolean',
      help: 'Look again every two seconds, until it is interrupted: in place on a terminal, one after the other in a pipe.',
    },
  ],
  run,
};

const lookAgainMs = 2_000;

async function run(values: FlagValues): Promise<number> {
  const paint = paintFor(process.stdout, process.env);
  const look = () => lookOnce(values, paint);
  const fail = (error: unknown) => say(describeError(error));
  endWithReader(process.stdout);
  if (values.watch === true) {
    const pause = () => new Promise<boolean>((resolve) => setTimeout(resolve, lookAgainMs, true));
    const between = { table: '\n', wide: '\n', json: '', yaml: '---\n' }[formatOf(values)];
    await showAgain({ look, out: process.stdout, say: fail, pause, between });
    return 0;
  }
  try {
    process.stdout.write(await look());
    return 0;
  } catch (error) {
    fail(error);
    return 1;
  }
}

function say(text: string): void {
  process.stderr.write(`openelb-vip status: ${text}\n`);
}

async function lookOnce(values: FlagValues, paint: Paint): Promise<string> {
  const alone = (answer: AgentAnswer) => agentText(values, paint, answer);
  if (isAboutAgent(values)) return alone(await askAgent(values));
  return eitherOf({
    cluster: (answered, local) => ofCluster(values, paint, answered, local),
    local: () => askAgent(values),
    alone,
    node: nodeNameOf(values),
    say,
  });
}

type Format = 'table' | 'wide' | 'json' | 'yaml';

function formatOf(values: FlagValues): Format {
  return values.json === true ? 'json' : ((values.output as Format | undefined) ?? 'table');
}

async function askAgent(values: FlagValues): Promise<AgentAnswer> {
  const answer = await askAgentStatus(values);
  const skew = skewText(answer.status);
  if (skew !== undefined) say(skew);
  return answer;
}

function agentText(values: FlagValues, paint: Paint, { text, status }: AgentAnswer): string | Promise<string> {
  if (values.names === true) return namesText((status.members ?? []).map(({ group }) => group));
  const format = formatOf(values);
  if (format === 'json') return text;
  return format === 'yaml' ? yamlOf(JSON.parse(text)) : agentTable(status, Date.now(), paint);
}

async function ofCluster(
  values: FlagValues,
  paint: Paint,
  answered: () => void,
  answer: Promise<AgentAnswer | undefined>,
): Promise<string> {
  const connection = await loadConnection({ kubeconfig: values.kubeconfig as string | undefined, env: process.env });
  const client = openClient(connection);
  try {
    if (values.names === true)
      return namesText((await listGroups(client).finally(answered)).map(({ metadata }) => metadata.name));
    const reading = { client, namespace: String(values.namespace), answered, say };
    const [seen, here] = await Promise.all([readSeen(reading), answer]);
    const format = formatOf(values);
    if (format === 'json') return `${JSON.stringify(asData(seen))}\n`;
    if (format === 'yaml') return yamlOf(asData(seen));
    const view = { nowMs: Date.now(), local: here?.status, wide: format === 'wide', paint, ...seen };
    return clusterText(seen, view);
  } finally {
    client.close();
  }
}

function namesText(names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `${name}\n`)
    .join('');
}

/** Tables with blank lines in between; those that would be empty are left out. */
export function clusterText({ pools, groups, peers }: Pick<Seen, 'pools' | 'groups' | 'peers'>, view: View): string {
  const tables = [
    poolTable(pools, view),
    groupTable(groups, view),
    troubleTable(groups, view),
    sessionTable(peers, view),
  ];
  return tables.filter((each) => each !== '').join('\n');
}

function asData({ pools, groups, peers, heard, controllerHeardMs }: Seen): object {
  const time = (ms: number) => new Date(ms).toISOString();
  return {
    readAt: time(Date.now()),
    pools,
    groups,
    bgpPeers: peers,
    heard: {
      ...(controllerHeardMs === undefined ? {} : { controller: time(controllerHeardMs) }),
      agents: Object.fromEntries(
        [...(heard ?? [])].map(([node, { atMs, ended }]) => [node, { at: time(atMs), ended }]),
      ),
    },
  };
}
