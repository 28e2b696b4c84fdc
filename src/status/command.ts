/** The subcommand `status`: which node holds which addresses, from the API server or from one agent. */
import { hostname } from 'node:os';
import { stringify } from 'yaml';
import { agentSocket, askAgent } from '../agent/single-instance.js';
import { bgpPeers } from '../agent/sources/kubernetes-bgp.js';
import { vipGroups } from '../agent/sources/kubernetes-groups.js';
import { agentLeaseRenewMs, agentLeaseSelector } from '../api/agent-lease.js';
import type { BgpPeer } from '../api/bgp-peer.js';
import { readBgpPeer } from '../api/read-bgp.js';
import { readVipGroup } from '../api/read-vip-group.js';
import { type Silence, withoutSilent } from '../api/silent-agents.js';
import type { VipGroup } from '../api/vip-group.js';
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { endWithReader } from '../cli/reader-gone.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { hasStatus } from '../platform/kubernetes/api-error.js';
import { leases } from '../platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { type Lease, readLease } from '../platform/kubernetes/lease-record.js';
import { describeError } from '../platform/observability/log.js';
import { heardOf, isDoubtful, silenceIn } from './heard.js';
import { type AgentStatus, agentTable, clusterTable, sessionTable } from './tables.js';
import { showAgain } from './watch.js';

export const command: Command = {
  usage: 'openelb-vip status [FLAGS]',
  about:
    'Prints the VipGroups of the cluster with their holders and members, and how long ago that was heard of (HEARD), and the sessions of nodes ' +
    'with BGP routers; with --local or ' +
    '--agent, what one agent holds right now, without any API server.',
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
      help: 'Ask the agent whose health or metrics address this is, on its own host: it answers over loopback only.',
      check: (text) => (URL.canParse(`http://${text}`) ? undefined : 'write HOST:PORT, for instance 127.0.0.1:17473'),
    },
    {
      name: 'node-name',
      env: 'NODE_NAME',
      type: 'string',
      value: 'NAME',
      help: 'The node name of the agent on this host, if it is not the host name.',
    },
    {
      name: 'namespace',
      type: 'string',
      value: 'NAME',
      default: 'openelb-system',
      help: 'Where the programs run: there the agents say that they live.',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      value: 'wide|json|yaml',
      help: 'More columns: the NIC, why the holder took over, how often that changed, and since when each member is what it is; or JSON, or YAML.',
      check: (text) => (['wide', 'json', 'yaml'].includes(text) ? undefined : 'it must be wide, json or yaml'),
    },
    { name: 'json', type: 'boolean', help: 'The same as -o json.' },
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
  const look = () => (values.local === true || values.agent !== undefined ? ofAgent(values) : ofCluster(values));
  const say = (error: unknown) => {
    process.stderr.write(`openelb-vip status: ${describeError(error)}\n`);
  };
  endWithReader(process.stdout);
  if (values.watch === true) {
    const pause = () => new Promise<boolean>((resolve) => setTimeout(resolve, lookAgainMs, true));
    const between = { table: '\n', wide: '\n', json: '', yaml: '---\n' }[formatOf(values)];
    await showAgain({ look, out: process.stdout, say, pause, between });
    return 0;
  }
  try {
    process.stdout.write(await look());
    return 0;
  } catch (error) {
    say(error);
    return 1;
  }
}

type Format = 'table' | 'wide' | 'json' | 'yaml';

function formatOf(values: FlagValues): Format {
  return values.json === true ? 'json' : ((values.output as Format | undefined) ?? 'table');
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
  const format = formatOf(values);
  if (format === 'json') return text;
  const report = JSON.parse(text) as AgentStatus;
  return format === 'yaml' ? stringify(report) : agentTable(report);
}

async function ofCluster(values: FlagValues): Promise<string> {
  const connection = await loadConnection({ kubeconfig: values.kubeconfig as string | undefined, env: process.env });
  const client = openClient(connection);
  try {
    const [list, local] = await Promise.all([client.list<VipGroup>(vipGroups), askHere(values)]);
    const items = list.items.flatMap((group) => readVipGroup(group) ?? []);
    const heard = await listen(client, values);
    const shown = heard === undefined ? items : items.map((group) => asHeard(group, heard.silence));
    const format = formatOf(values);
    if (format === 'json') return `${JSON.stringify(shown)}\n`;
    if (format === 'yaml') return stringify(shown);
    const sessions = sessionTable(await sessionsOf(client), Date.now());
    const how = { nowMs: Date.now(), heard: heard?.latest, local, wide: format === 'wide' };
    return clusterTable(shown, how) + (sessions && `\n${sessions}`);
  } finally {
    client.close();
  }
}

/** BgpPeers as far as they can be read; none on a server that does not have them, or for whoever may not read them. */
async function sessionsOf(client: ApiClient) {
  try {
    return (await client.list<BgpPeer>(bgpPeers)).items.flatMap((peer) => readBgpPeer(peer) ?? []);
  } catch (error) {
    if (!hasStatus(error, 404))
      process.stderr.write(`sessions with routers cannot be shown: ${describeError(error)}\n`);
    return [];
  }
}

/** Longer than an agent takes between two renewals, in milliseconds. */
const secondLookMs = agentLeaseRenewMs + 1_500;

/** Who is heard of; undefined when that cannot be read. Looks twice, some seconds apart, only where the first look leaves a doubt. */
async function listen(client: ApiClient, values: FlagValues) {
  const look = async () => {
    const selection = { namespace: String(values.namespace), labelSelector: agentLeaseSelector };
    return heardOf((await client.list<Lease>(leases, selection)).items.map(readLease));
  };
  try {
    const first = await look();
    let latest = first;
    if ([...first.values()].some((each) => isDoubtful(each, Date.now()))) {
      process.stderr.write('some agents have not been heard of for a while: looking again in a moment\n');
      await new Promise((resolve) => setTimeout(resolve, secondLookMs));
      latest = await look();
    }
    return { latest, silence: silenceIn(first, latest, Date.now()) };
  } catch (error) {
    process.stderr.write(`how old this is cannot be said: ${describeError(error)}\n`);
    return undefined;
  }
}

function asHeard(group: VipGroup, silence: (node: string) => Silence | undefined): VipGroup {
  if (group.status === undefined) return group;
  return { ...group, status: withoutSilent(group.spec, group.status, silence) };
}

/** What the agent on this host says right now; undefined when there is none, or it does not answer. */
async function askHere(values: FlagValues): Promise<AgentStatus | undefined> {
  const node = (values['node-name'] as string | undefined) ?? hostname().toLowerCase();
  try {
    return JSON.parse(await askAgent({ socketPath: agentSocket(node) }, '/status')) as AgentStatus;
  } catch {
    return undefined; // most hosts have none, and then there is nothing to say
  }
}
