/** Which nodes have told routers of the addresses of a group of protocol bgp, or why none has: pure. */
import type { VipGroup } from '../../api/vip-group.js';
import { routingFault } from '../routers/routing-fault.js';
import type { Announcers, Judgement, Standing } from './contract.js';
import { byNode, list, memberOf } from './member.js';

/** @param candidates members that are to announce it; at least one */
export function routedStanding(
  { status }: VipGroup,
  candidates: readonly string[],
  { silence, settled, rules, routing }: Judgement,
): Standing {
  const told = announcing(status, candidates, silence);
  if (told !== undefined) return { by: 'nodes', ...told };
  const nodes = rules().nodes.filter(({ metadata }) => candidates.includes(metadata.name));
  const fault = routingFault(routing(), nodes);
  if (fault !== undefined) return { by: 'nobody', ...fault };
  const members = candidates.map((node) => memberOf(status, node, silence(node))).sort(byNode);
  const texts = list(members.map(({ text }) => text));
  const able = members.filter(({ kind }) => kind === 'able');
  const isComing = able.length > 0 || members.some(({ kind }) => kind === 'unheard');
  if (isComing && !settled) return { by: 'candidates', nodes: members.map(({ node }) => node) };
  if (members.some(({ kind }) => kind === 'unknown' || kind === 'unheard')) {
    const message = `nobody knows which routers were told: ${texts}: see whether the agents run and reach the API server`;
    return { by: 'unknown', reason: 'AgentSilent', message };
  }
  if (members.every(({ kind }) => kind === 'absent')) {
    const message = `no agent runs on a node that may announce its addresses: ${texts}: see whether the DaemonSet runs there`;
    return { by: 'nobody', reason: 'NoAgent', message };
  }
  return {
    by: 'nobody',
    reason: 'NoRouterTold',
    message: `no router was told: ${texts}: see kubectl describe bgppeers`,
  };
}

/** Who of them has told a router; undefined: nobody. */
export function announcing(
  status: VipGroup['status'],
  candidates: readonly string[],
  silence: Judgement['silence'],
): Announcers | undefined {
  const among = new Set(candidates);
  const told = (status?.members ?? []).filter(
    ({ node, state }) => state === 'Announcing' && among.has(node) && silence(node) === undefined,
  );
  if (told.length === 0) return undefined;
  const counts = told.map(({ routers = 1 }) => routers);
  return {
    nodes: told.map(({ node }) => node).sort(),
    of: candidates.length,
    routers: { least: Math.min(...counts), most: Math.max(...counts) },
  };
}
