/** Gathers what there is to know of the node that this runs on: asks its agent, reads /proc, and tries. */
import { readdirSync, readFileSync } from 'node:fs';
import { agentSocket, askAgent } from '../../agent/ask-agent.js';
import { missingCapabilities } from '../../agent/capabilities.js';
import type { AgentStatus } from '../../agent/status/agent-status.js';
import { readLocalNetwork } from '../../agent/surroundings/local-network.js';
import { readVipGroup } from '../../api/read-for-people.js';
import type { VipGroup } from '../../api/vip-group.js';
import { describeError } from '../../platform/observability/describe-error.js';
import { programVersion } from '../../platform/observability/program-version.js';
import { readAgentStatus } from '../../status/read-answer.js';
import type { NicTries, NodeFacts } from './facts.js';
import { askKubeProxy } from './kube-proxy.js';
import { rivalPrograms } from './rivals.js';

/** Takes some four seconds where there is something to try. Never rejects. */
export async function gatherNode(node: string): Promise<NodeFacts> {
  const [agent, groups, readiness, kubeProxy] = await Promise.all([
    ask(node, '/status', readAgentStatus),
    ask(node, '/groups', readGroups),
    readinessOf(node),
    askKubeProxy(),
  ]);
  const nics = [...new Set((agent?.members ?? []).flatMap(({ interface: nic }) => nic ?? []))];
  const missing = missingCapabilities();
  const tried =
    agent === undefined || missing !== undefined
      ? { tries: [], untried: undefined }
      : await tryAll(nics, agent, groups ?? []);
  return {
    node,
    version: programVersion().version,
    agent,
    readiness,
    missingCapabilities: missing,
    groups: groups ?? [],
    network: readLocalNetwork(),
    defaultNics: defaultNics(textOf('/proc/self/net/route')),
    reversePathFilters: new Map(nics.map((nic) => [nic, reversePathFilter(nic)])),
    programs: rivalPrograms(processNames()),
    kubeProxy,
    ...tried,
  };
}

async function tryAll(
  nics: readonly string[],
  agent: AgentStatus,
  groups: readonly VipGroup[],
): Promise<{ readonly tries: readonly NicTries[]; readonly untried: string | undefined }> {
  try {
    // What calls libc is loaded only where there is something to call it for.
    const [{ tryNic }, { openRtnetlink }, { planOf }] = await Promise.all([
      import('./try-nic.js'),
      import('../../platform/linux/rtnetlink.js'),
      import('./plan.js'),
    ]);
    const netlink = openRtnetlink();
    try {
      const links = nics.flatMap((name) => netlink.link({ name }) ?? []);
      return { tries: await Promise.all(links.map((link) => tryNic(planOf(link, agent, groups)))), untried: undefined };
    } finally {
      netlink.close();
    }
  } catch (error) {
    return { tries: [], untried: `nothing could be sent: ${describeError(error)}` };
  }
}

async function ask<T>(node: string, path: string, read: (text: string) => T): Promise<T | undefined> {
  try {
    return read(await askAgent({ socketPath: agentSocket(node) }, path));
  } catch {
    return undefined; // there is none, or one of another version, which its status says
  }
}

async function readinessOf(node: string): Promise<NodeFacts['readiness']> {
  try {
    return { ready: true, text: (await askAgent({ socketPath: agentSocket(node) }, '/readyz')).trim() };
  } catch (error) {
    const text = describeError(error);
    return text.startsWith('it answered 503')
      ? { ready: false, text: text.replace(/^it answered 503: /, '') }
      : undefined;
  }
}

function readGroups(text: string): readonly VipGroup[] {
  const found: unknown = JSON.parse(text);
  return Array.isArray(found) ? found.flatMap((group) => readVipGroup(group) ?? []) : [];
}

/** NICs of routes to 0.0.0.0/0. Source: `fib_route_seq_show` of net/ipv4/fib_trie.c. */
export function defaultNics(table: string): readonly string[] {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return [...new Set(rows.filter((row) => row[1] === '00000000' && row[7] === '00000000').map(([nic]) => nic!))];
}

/** The greater of that of all and its own counts. Source: Documentation/networking/ip-sysctl.rst. */
function reversePathFilter(nic: string): number {
  const value = (of: string) => Number(textOf(`/proc/sys/net/ipv4/conf/${of}/rp_filter`)) || 0;
  return Math.max(value('all'), value(nic));
}

function processNames(): readonly string[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map((id) => textOf(`/proc/${id}/cmdline`).split('\0')[0]!.split('/').at(-1)!);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it is gone, or not for us to read
  }
}
