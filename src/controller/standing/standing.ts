/** Who announces the addresses of a group, as far as anybody knows: pure. What every place that speaks of a holder goes by. */
import { excludeNodeLabel } from '../../api/annotations.js';
import { parseDuration } from '../../api/duration.js';
import type { Eip } from '../../api/eip.js';
import { agentSilent, type Silence } from '../../api/silent-agents.js';
import { type NotHeld, notHeldText, type VipGroup } from '../../api/vip-group.js';
import { defaultAdvertisementInterval } from '../../api/vrrp-rules.js';
import { whyNotEligible } from '../nodes/eligible-nodes.js';
import type { Node } from '../objects/builtin-objects.js';

export type Standing =
  /** `reason`: why that node took over, as in `VipGroup.status`. */
  | { readonly by: 'node'; readonly node: string; readonly reason?: string }
  /** A node may, and none is known to yet: an election is under way, or was a moment ago. */
  | { readonly by: 'candidates'; readonly nodes: readonly string[] }
  /** A node may do so, or not: those that would know are silent. */
  | { readonly by: 'unknown'; readonly reason: 'AgentSilent'; readonly message: string }
  | { readonly by: 'nobody'; readonly reason: NobodyReason; readonly message: string };

export type NobodyReason =
  | 'NoReadyEndpoint' // externalTrafficPolicy Local, and no Pod is ready
  | 'NoEligibleNode' // rules leave no node that may
  | 'NoAgent' // no agent runs on any node that may
  | 'NoMemberTakesPart' // the agents run, and say why they cannot
  | 'NotLed' // the agents run, and none of them leads for longer than an election takes
  | 'NoGroup' // the address is in no group: why is said
  | 'AddressOfNode' // it is a node's own
  | 'AnsweredElsewhere' // the leader does not take it: another host answers for it
  | 'Refused'; // the leader cannot put it in place

/** What decides who may announce the addresses of a Service. */
export interface Rules {
  readonly eip: Eip;
  readonly nodes: readonly Node[];
  /** The nodes with a ready endpoint, where externalTrafficPolicy is Local; undefined: it is Cluster. */
  readonly ready?: readonly string[];
}

export interface Judgement {
  readonly silence: (node: string) => Silence | undefined;
  /** Whether the group has been without a holder for longer than `electionMs`. */
  readonly settled: boolean;
  /** Asked only when the group has no member. */
  readonly rules: () => Rules;
}

/** How long a group may be without a holder before that is called a fault, in milliseconds: an election, and writing it down. */
export function electionMs({ spec }: VipGroup): number {
  const text = spec.vrrp?.advertisementInterval;
  const micros = (text === undefined ? undefined : parseDuration(text)) ?? defaultAdvertisementInterval;
  return 2_000 + (4 * micros) / 1000;
}

export function standingOf(group: VipGroup, { silence, settled, rules }: Judgement): Standing {
  const { spec, status } = group;
  if (spec.members.length === 0) return withoutMembers(rules());
  const { holder, reason } = status ?? {};
  if (holder !== undefined && silence(holder) === undefined) {
    return { by: 'node', node: holder, ...(reason === undefined ? {} : { reason }) };
  }
  const idle = holder === undefined ? idleLeader(group, silence) : undefined;
  if (idle !== undefined) return idle;
  const members = spec.members.map(({ node }) => memberOf(group, node, silence(node))).sort(byNode);
  const texts = list(members.map(({ text }) => text));
  const lostHolder = holder !== undefined || reason === agentSilent;
  const able = members.filter(({ kind }) => kind === 'able');
  const mayHold = members.some(({ kind }) => kind === 'unknown');
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

/** How one address of a group stands, which its leader may not answer for: see `standingOf`. */
export function standingOfAddress(address: string, group: VipGroup, standing: Standing): Standing {
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

interface MemberStanding {
  readonly node: string;
  /** `able`: takes part, or is about to. `unable`: says that it cannot. `absent`: no agent. `unknown`: silent, and may hold something. */
  readonly kind: 'able' | 'unable' | 'absent' | 'unknown';
  readonly text: string;
}

function memberOf({ status }: VipGroup, node: string, silence: Silence | undefined): MemberStanding {
  const report = status?.members?.find((each) => each.node === node);
  if (silence !== undefined) {
    const since = `${new Date(silence.sinceMs).toISOString().slice(0, 19)}Z`;
    if (silence.reason === 'Ended') return { node, kind: 'absent', text: `the agent of ${node} ended at ${since}` };
    if (silence.reason === 'NeverHeard' && report === undefined) {
      return { node, kind: 'absent', text: `${node} has no agent` };
    }
    const when = silence.reason === 'NeverHeard' ? '' : ` since ${since}`;
    return { node, kind: 'unknown', text: `the agent of ${node} has not been heard of${when}` };
  }
  if (report === undefined) return { node, kind: 'able', text: `${node} has not reported yet` };
  if (report.state === 'Initialize' && report.message !== undefined) {
    return { node, kind: 'unable', text: `${node}: ${report.message}` };
  }
  return { node, kind: 'able', text: `${node} is ${report.state ?? 'in an unknown state'}` };
}

/** Of addresses that no node is there for. Some may be found all the same: then the group is about to have members. */
export function withoutMembers({ eip, nodes, ready }: Rules): Standing {
  const eligible = nodes.filter((node) => whyNotEligible(eip, node) === undefined).map(({ metadata }) => metadata.name);
  const candidates = ready === undefined ? eligible : eligible.filter((name) => ready.includes(name));
  if (candidates.length > 0) return { by: 'candidates', nodes: candidates.sort() };
  if (ready === undefined) {
    const message = `no node may announce the addresses of Eip ${eip.metadata.name}: give nodes the labels of its spec.nodeSelector, or take the label ${excludeNodeLabel} off some`;
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

/** The first of many texts, and how many there are beside. */
function list(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 3).join('; ')}; and ${texts.length - 3} more` : texts.join('; ');
}

function byNode(a: { readonly node: string }, b: { readonly node: string }): number {
  return a.node < b.node ? -1 : 1;
}
