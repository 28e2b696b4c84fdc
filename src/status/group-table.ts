/** The groups of a cluster, a line for each: pure. */
import type { AgentStatus } from '../agent/status/agent-status.js';
import { holdsNothing } from '../agent/status/member-status.js';
import { agentSilent } from '../api/silent-agents.js';
import type { VipGroup } from '../api/vip-group.js';
import type { Painted } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { age, since } from './age.js';
import { heardText, paintOf, type View } from './view.js';

/**
 * One line for each VipGroup, by name. HEARD is how old the line is: when its holder was heard of last, or without one the latest of its
 * members; `now` where the agent on this host was asked. Behind each member stands for how long it has been what it is.
 */
export function groupTable(groups: readonly VipGroup[], view: View): string {
  if (groups.length === 0) return 'There are no VipGroups.\n';
  const reports = new Map(view.local?.members?.map((report) => [report.group, report]));
  const rows = groups
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((group) => withLocal(group, view.local, reports))
    .map((group) => rowOf(group, view));
  const more = view.wide === true ? ['INTERFACE', 'CHANGES'] : [];
  const head = ['GROUP', 'PROTOCOL', 'VRID', 'ADDRESSES', 'HOLDER', 'SINCE', 'WHY', 'HEARD', ...more, 'MEMBERS'];
  return table(head, rows, paintOf(view));
}

function rowOf({ metadata, spec, status }: VipGroup, view: View): readonly Painted[] {
  const { nowMs, wide } = view;
  return [
    metadata.name,
    spec.protocol,
    String(spec.vrrp?.virtualRouterId ?? '-'),
    addressesText(spec.addresses.length, status?.notHeld?.length ?? 0),
    holderOf(status),
    since(status?.since, nowMs),
    status?.reason ?? '-',
    heardText(status?.holder === undefined ? spec.members.map(({ node }) => node) : [status.holder], view),
    ...(wide === true ? [spec.interface || '-', String(status?.transitions ?? '-')] : []),
    spec.members.map(({ node }) => memberText(node, status, nowMs)).join('  '),
  ];
}

function holderOf(status: VipGroup['status']): Painted {
  if (status?.holder !== undefined) return { text: status.holder, tone: 'good' };
  if (status?.announcing !== undefined)
    return { text: status.announcing, tone: status.announcing.startsWith('0/') ? 'bad' : 'good' };
  return status?.reason === agentSilent ? { text: '<unknown>', tone: 'warning' } : { text: '<none>', tone: 'bad' };
}

/** `3`, or `2 of 3` when the leader does not answer for one. */
function addressesText(all: number, notHeld: number): Painted {
  return notHeld === 0 ? String(all) : { text: `${Math.max(0, all - notHeld)} of ${all}`, tone: 'bad' };
}

/** With what the agent on this host says in place of what it wrote some time ago. */
function withLocal(
  group: VipGroup,
  local: AgentStatus | undefined,
  reports: ReadonlyMap<string, NonNullable<AgentStatus['members']>[number]>,
): VipGroup {
  const report = reports.get(group.metadata.name);
  if (local === undefined || report === undefined || !isMember(group, local.node)) return group;
  const status = group.status ?? {};
  const others = (status.members ?? []).filter(({ node }) => node !== local.node);
  const written = status.members?.find(({ node }) => node === local.node);
  const { holder, since: heldSince, reason, ...rest } = status;
  const holds = report.state === 'Active' && !holdsNothing(report);
  const present = holds ? local.node : holder === local.node ? undefined : holder;
  const member = {
    node: local.node,
    state: report.state,
    ...(written?.since !== undefined && written.state === report.state ? { since: written.since } : {}),
    ...(report.message === undefined ? {} : { message: report.message }),
    ...(report.state === 'Active' ? drainedOf(written) : {}), // as new as it is counted
  };
  return {
    ...group,
    status: {
      ...rest,
      ...(present === undefined ? {} : { holder: present }),
      ...(report.state === 'Active' ? { notHeld: report.notHeld.map((each) => ({ ...each })) } : {}),
      ...(present === holder && heldSince !== undefined ? { since: heldSince } : {}),
      ...(present === holder && reason !== undefined ? { reason } : {}),
      members: [...others, member],
    },
  };
}

function isMember({ spec }: VipGroup, node: string): boolean {
  return spec.members.some((member) => member.node === node);
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

function memberText(node: string, status: VipGroup['status'], nowMs: number): string {
  const member = status?.members?.find((each) => each.node === node);
  if (member === undefined) return `${node}:unknown`;
  const lasting = member.since === undefined ? '' : ` ${since(member.since, nowMs)}`;
  const words = wordsOf(member, nowMs);
  return `${node}:${member.state ?? 'unknown'}${lasting}${words === '' ? '' : ` (${words})`}`;
}

function wordsOf({ message, drainedConnections: drained, drainedConnectionsAt: at }: Member, nowMs: number): string {
  if (drained === undefined) return message ?? '';
  const when = at === undefined ? '' : `, counted ${age(nowMs - Date.parse(at))} ago`;
  const counted = `${drained} ${drained === 1 ? 'connection' : 'connections'} handed on${when}`;
  return message === undefined ? counted : `${message}; ${counted}`;
}
