/** The tables that `openelb-vip status` prints. */
import type { EngineReport } from '../agent/engine/messages.js';
import { holdsNothing } from '../agent/status/member-status.js';
import type { ShownBgp } from '../agent/status/shown-bgp.js';
import type { ShownDraining } from '../agent/status/shown-draining.js';
import type { BgpPeer, BgpPeerNode } from '../api/bgp-peer.js';
import { agentSilent } from '../api/silent-agents.js';
import type { VipGroup } from '../api/vip-group.js';
import { table } from '../cli/table.js';
import type { Heard } from './heard.js';

export interface HowHeard {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** By node; undefined when it could not be read. */
  readonly heard: ReadonlyMap<string, Heard> | undefined;
  /** What the agent on this host says right now, if there is one. */
  readonly local: AgentStatus | undefined;
  /** With more columns. */
  readonly wide?: boolean;
}

/**
 * One line for each VipGroup, by name. HEARD is how old the line is: when its holder was heard of last, or without one the latest of its
 * members; `now` where the agent on this host was asked.
 */
export function clusterTable(groups: readonly VipGroup[], how: HowHeard): string {
  if (groups.length === 0) return 'There are no VipGroups.\n';
  const rows = groups
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .map((group) => withLocal(group, how.local))
    .map(({ metadata, spec, status }) => [
      metadata.name,
      spec.protocol,
      String(spec.vrrp?.virtualRouterId ?? '-'),
      addressesText(spec.addresses.length, status?.notHeld?.length ?? 0),
      status?.holder ?? status?.announcing ?? (status?.reason === agentSilent ? '<unknown>' : '<none>'),
      status?.since === undefined ? '-' : age(how.nowMs - Date.parse(status.since)),
      heardText({ metadata, spec, ...(status === undefined ? {} : { status }) }, how),
      ...(how.wide === true ? [spec.interface || '-', status?.reason ?? '-', String(status?.transitions ?? '-')] : []),
      spec.members.map((member) => memberText(member.node, status, how)).join(' '),
    ]);
  const more = how.wide === true ? ['INTERFACE', 'WHY', 'CHANGES'] : [];
  return table(['GROUP', 'PROTOCOL', 'VRID', 'ADDRESSES', 'HOLDER', 'SINCE', 'HEARD', ...more, 'MEMBERS'], rows);
}

/** `3`, or `2 of 3` when the leader does not answer for one. */
function addressesText(all: number, notHeld: number): string {
  return notHeld === 0 ? String(all) : `${Math.max(0, all - notHeld)} of ${all}`;
}

/** With what the agent on this host says in place of what it wrote some time ago. */
function withLocal(group: VipGroup, local: AgentStatus | undefined): VipGroup {
  const report = local?.members?.find((each) => each.group === group.metadata.name);
  if (local === undefined || report === undefined || !isMember(group, local.node)) return group;
  const status = group.status ?? {};
  const others = (status.members ?? []).filter(({ node }) => node !== local.node);
  const written = status.members?.find(({ node }) => node === local.node);
  const { holder, since, ...rest } = status;
  const holds = report.state === 'Active' && !holdsNothing(report);
  const present = holds ? local.node : holder === local.node ? undefined : holder;
  const member = {
    node: local.node,
    state: report.state,
    ...(report.message === undefined ? {} : { message: report.message }),
    ...(report.state === 'Active' ? drainedOf(written) : {}), // as new as it is counted
  };
  return {
    ...group,
    status: {
      ...rest,
      ...(present === undefined ? {} : { holder: present }),
      ...(report.state === 'Active' ? { notHeld: report.notHeld.map((each) => ({ ...each })) } : {}),
      ...(present === holder && since !== undefined ? { since } : {}),
      members: [...others, member],
    },
  };
}

function isMember({ spec }: VipGroup, node: string): boolean {
  return spec.members.some((member) => member.node === node);
}

function heardText({ spec, status }: VipGroup, { nowMs, heard, local }: HowHeard): string {
  const of = status?.holder === undefined ? spec.members.map(({ node }) => node) : [status.holder];
  if (local !== undefined && of.includes(local.node)) return 'now';
  if (heard === undefined) return '?';
  const times = of.flatMap((node) => heard.get(node)?.atMs ?? []);
  return times.length === 0 ? 'never' : age(nowMs - Math.max(...times));
}

/** What an agent answers; without a report when its engine does not answer. */
export type AgentStatus = Partial<EngineReport & ShownBgp & ShownDraining> & {
  readonly node: string;
  /** `ok` while it is in touch with where its groups come from. */
  readonly source: string;
  /** That no group names its node. */
  readonly unnamed?: string;
  /** What is wrong with the engine. */
  readonly engine?: string;
};

/** One line for each group of one agent. */
export function agentTable(report: AgentStatus): string {
  const rows = (report.members ?? []).map((member) => [
    member.group,
    member.state,
    String(member.priority),
    member.interface ?? '-',
    member.address ?? '-',
    member.held.join(',') || '-',
    member.message ?? '',
  ]);
  const head = `node ${report.node}, source ${report.source}\n${schedulingText(report.scheduling)}`;
  const more =
    (report.connections === undefined ? '' : `\n${drainingText(report.connections)}\n`) +
    (report.bgp === undefined ? '' : `\n${agentBgp(report.bgp)}`);
  if (report.engine !== undefined) return `${head}${sentence(report.engine)}: what it holds is not known.\n${more}`;
  if (rows.length === 0 && more !== '') return head + more;
  if (rows.length === 0) return `${head}${sentence(report.unnamed ?? 'no group has this node as a member')}.\n`;
  return head + table(['GROUP', 'STATE', 'PRIORITY', 'INTERFACE', 'SOURCE', 'HOLDS', 'MESSAGE'], rows) + more;
}

/** What becomes of connections over moves, as a sentence. */
function drainingText({ problem, handedTo, count }: ShownDraining['connections']): string {
  if (problem !== undefined) return `Connections break when addresses move: ${problem}.`;
  if (handedTo.length === 0) return 'Connections are kept when addresses move; none is from before a move now.';
  const are = count === 1 ? 'connection from before a move is' : 'connections from before a move are';
  return `${count} ${are} handed to ${handedTo.join(', ')}, as far as they spoke within the last minute.`;
}

/** Nothing while it is as it should be. */
function schedulingText(scheduling: AgentStatus['scheduling']): string {
  if (scheduling === undefined || scheduling.policy === 'SCHED_RR') return '';
  const { policy, reason } = scheduling;
  const what = policy === 'nice' ? 'nice -20 instead' : 'and no nice value either';
  return `not scheduled in real time, ${what}: ${reason}\n`;
}

function agentBgp({ as, routerId, peers, groups }: ShownBgp['bgp']): string {
  const speaker = as === undefined ? 'BGP\n' : `BGP, AS ${as}, router ID ${routerId}\n`;
  const sessions = table(
    ['PEER', ...sessionHead],
    peers.map(({ peer, ...entry }) => [peer, ...sessionCells(entry, Date.now())]),
  );
  const announced = table(
    ['GROUP', 'STATE', 'ROUTERS', 'MESSAGE'],
    groups.map(({ group, state, routers, routersWanted, message }) => [
      group,
      state,
      `${routers}/${routersWanted}`,
      message ?? '',
    ]),
  );
  return speaker + (peers.length === 0 ? '' : sessions) + (groups.length === 0 ? '' : `\n${announced}`);
}

/** One line for each session of the cluster, by BgpPeer and node; nothing where there are none. */
export function sessionTable(peers: readonly BgpPeer[], nowMs: number): string {
  const rows = peers
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .flatMap(({ metadata, status }) =>
      (status?.nodes ?? [])
        .toSorted((a, b) => a.node.localeCompare(b.node))
        .map((entry) => [metadata.name, entry.node, ...sessionCells(entry, nowMs)]),
    );
  return rows.length === 0 ? '' : table(['PEER', 'NODE', ...sessionHead], rows);
}

const sessionHead = ['STATE', 'SINCE', 'ROUTER', 'AS', 'PREFIXES', 'BFD', 'PROBLEM'];

function sessionCells(entry: Partial<BgpPeerNode>, nowMs: number): readonly string[] {
  return [
    entry.state ?? '-',
    entry.since === undefined ? '-' : age(nowMs - Date.parse(entry.since)),
    entry.address ?? '-',
    String(entry.negotiated?.peerAs ?? '-'),
    String(entry.prefixesSent ?? '-'),
    entry.bfd?.state ?? '-',
    entry.problem ? `${entry.problem.reason}: ${entry.problem.message}` : '',
  ];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

type Member = NonNullable<NonNullable<VipGroup['status']>['members']>[number];

/** What is written of the connections that a member hands on. */
function drainedOf(member: Member | undefined): Pick<Member, 'drainedConnections' | 'drainedConnectionsAt'> {
  const { drainedConnections, drainedConnectionsAt } = member ?? {};
  return {
    ...(drainedConnections === undefined ? {} : { drainedConnections }),
    ...(drainedConnectionsAt === undefined ? {} : { drainedConnectionsAt }),
  };
}

function memberText(node: string, status: VipGroup['status'], { nowMs, wide }: HowHeard): string {
  const member = status?.members?.find((each) => each.node === node);
  const since = wide === true && member?.since !== undefined ? `:${age(nowMs - Date.parse(member.since))}` : '';
  const { drainedConnections: drained, drainedConnectionsAt: at } = drainedOf(member);
  const when = at === undefined ? '' : `, counted ${age(nowMs - Date.parse(at))} ago`;
  const counted =
    drained === undefined ? [] : [`${drained} ${drained === 1 ? 'connection' : 'connections'} handed on${when}`];
  const words = [...(member?.message === undefined ? [] : [member.message]), ...counted].join('; ');
  return `${node}:${member?.state ?? 'unknown'}${since}${words === '' ? '' : ` (${words})`}`;
}

/** As kubectl: the two largest units, or one. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
