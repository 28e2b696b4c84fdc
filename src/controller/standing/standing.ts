/** Who announces the addresses of a group, as far as anybody knows: pure. What every place that speaks of a holder goes by. */
import { excludeNodeLabel } from '../../api/annotations.js';
import { announcers, announcersOf } from '../../api/announced-on.js';
import { parseDuration } from '../../api/duration.js';
import { agentSilent } from '../../api/silent-agents.js';
import { type NotHeld, notHeldText, type VipGroup } from '../../api/vip-group.js';
import { defaultAdvertisementInterval } from '../../api/vrrp-rules.js';
import { whyNotEligible } from '../nodes/eligible-nodes.js';
import type { Judgement, Rules, Standing } from './contract.js';
import { byNode, list, memberOf } from './member.js';
import { routedStanding } from './routed.js';

/** How long routers and nodes may take to agree on a session, in milliseconds. */
const sessionMs = 10_000;

/** How long a group may be without a holder before that is called a fault, in milliseconds: an election, and writing it down. */
export function electionMs({ spec }: VipGroup): number {
  if (spec.protocol === 'bgp') return sessionMs;
  const text = spec.vrrp?.advertisementInterval;
  const micros = (text === undefined ? undefined : parseDuration(text)) ?? defaultAdvertisementInterval;
  return 2_000 + (4 * micros) / 1000;
}

export function standingOf(group: VipGroup, judgement: Judgement): Standing {
  const { silence, settled, rules } = judgement;
  const { spec, status } = group;
  if (spec.members.length === 0) return withoutMembers(rules());
  if (spec.protocol === 'bgp') return routedStanding(group, announcers(spec), judgement);
  const { holder, reason } = status ?? {};
  if (holder !== undefined && silence(holder) === undefined) {
    return { by: 'node', node: holder, ...(reason === undefined ? {} : { reason }) };
  }
  const idle = holder === undefined ? idleLeader(group, silence) : undefined;
  if (idle !== undefined) return idle;
  const members = spec.members.map(({ node }) => memberOf(status, node, silence(node))).sort(byNode);
  const texts = list(members.map(({ text }) => text));
  const lostHolder = holder !== undefined || reason === agentSilent;
  const able = members.filter(({ kind }) => kind === 'able');
  const mayHold = members.some(({ kind }) => kind === 'unknown' || kind === 'unheard');
  // It is about to be known.
  if (!settled && members.some(({ kind }) => kind === 'unheard')) {
    return { by: 'candidates', nodes: members.map(({ node }) => node) };
  }
  if (able.length > 0 && !settled && !(lostHolder && mayHold)) {
    return { by: 'candidates', nodes: members.map(({ node }) => node) };
  }
  if (mayHold) {
    const message = `nobody knows who holds its addresses: ${texts}: see whether the agents run and reach the API server`;
    return { by: 'unknown', reason: 'AgentSilent', message };
  }
  if (able.length > 0) return { by: 'nobody', reason: 'NotLed', message: `no node leads: ${texts}` };
  if (members.every(({ kind }) => kind === 'absent')) {
    const message = `no agent runs on a node that may announce its addresses: ${texts}: see whether the DaemonSet runs there`;
    return { by: 'nobody', reason: 'NoAgent', message };
  }
  return { by: 'nobody', reason: 'NoMemberTakesPart', message: `no node can announce its addresses: ${texts}` };
}

/** How one address of a group stands, which its leader may not answer for, or only some members announce: see `standingOf`. */
export function standingOfAddress(
  address: string,
  group: VipGroup,
  standing: Standing,
  judgement: Judgement,
): Standing {
  if (group.spec.protocol === 'bgp') {
    if (group.spec.onlyOn?.[address] === undefined || group.spec.members.length === 0) return standing;
    const nodes = announcersOf(group.spec, address);
    return nodes.length === 0 ? withoutMembers(judgement.rules()) : routedStanding(group, nodes, judgement);
  }
  const entry = group.status?.notHeld?.find((each) => each.address === address);
  return standing.by !== 'node' || entry === undefined ? standing : notHeldBy(standing.node, entry);
}

function notHeldBy(node: string, entry: NotHeld): Standing {
  const { reason } = entry;
  const known = reason === 'AnsweredElsewhere' || reason === 'AddressOfNode' ? reason : 'Refused';
  return { by: 'nobody', reason: known, message: `node ${node} leads its group, but ${notHeldText(entry)}` };
}

/** A node leads the group and answers for none of its addresses. */
function idleLeader({ spec, status }: VipGroup, silence: Judgement['silence']): Standing | undefined {
  const [entry] = status?.notHeld ?? [];
  const leader = status?.members?.find(({ node, state }) => state === 'Active' && silence(node) === undefined);
  if (entry === undefined || leader === undefined || !spec.addresses.includes(entry.address)) return undefined;
  return notHeldBy(leader.node, entry);
}

/** Of addresses that no node is there for. Some may be found all the same: then the group is about to have members. */
export function withoutMembers({ eip, nodes, ready }: Rules): Standing {
  const eligible = nodes.filter((node) => whyNotEligible(eip, node) === undefined).map(({ metadata }) => metadata.name);
  const candidates = ready === undefined ? eligible : eligible.filter((name) => ready.includes(name));
  if (candidates.length > 0) return { by: 'candidates', nodes: candidates.sort() };
  if (ready === undefined) {
    const message = `no node may announce the addresses of Eip ${eip.metadata.name}: give nodes the labels of its spec.nodeSelector or spec.nodeSelectors, or take the label ${excludeNodeLabel} off some`;
    return { by: 'nobody', reason: 'NoEligibleNode', message };
  }
  const local = 'externalTrafficPolicy Local leaves only nodes with a ready endpoint';
  if (ready.length === 0) {
    const message = `${local}, and the Service has none: get a Pod of it ready, or set externalTrafficPolicy to Cluster`;
    return { by: 'nobody', reason: 'NoReadyEndpoint', message };
  }
  const refusals = ready.map((name) => {
    const node = nodes.find(({ metadata }) => metadata.name === name);
    return `${name} ${node === undefined ? 'is not a node of this cluster' : whyNotEligible(eip, node)}`;
  });
  const which = `${refusals.slice(0, 3).join(', ')}${refusals.length > 3 ? ` and ${refusals.length - 3} more are excluded` : ''}`;
  const message = `${local}, and none of those may announce addresses of Eip ${eip.metadata.name}: ${which}: let one of them, run a Pod on another node, or set externalTrafficPolicy to Cluster`;
  return { by: 'nobody', reason: 'NoEligibleNode', message };
}
