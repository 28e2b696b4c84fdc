/**
 * What one node has to say in the status of one VipGroup: pure.
 *
 * Each node applies its own part (server-side apply, one field manager per node): its entry of `members`, and, while it leads,
 * `holder` and what goes with it. A node that no longer leads leaves those out, which lets go of them.
 */
import { formerMember } from '../../api/former-members.js';
import { type FormerMember, longestHistory, seenBy, type VipGroupStatus } from '../../api/vip-group.js';
import type { AuthenticationFault } from '../../core/vrrp/authentication.js';
import type { MemberReport, Sighting } from '../engine/messages.js';
import type { Remembered } from '../history/remembered.js';
import type { Finding } from '../surroundings/findings.js';
import type { NotedReport } from './member-notes.js';

/** What a node remembers of its part. Times are ISO 8601 in UTC. */
export interface MemberRecord {
  readonly report: NotedReport | undefined;
  /** Since when it is in the present state. */
  readonly since: string;
  /** The latest changes of who leads that this node took part in, the oldest first; undefined: none are known yet. */
  readonly history: readonly TransitionEntry[] | undefined;
  /** Set while it leads. */
  readonly lead: { readonly since: string; readonly transitions: number; readonly reason: string } | undefined;
  /** Since when there is what is wrong with its keys now, if anything is. */
  readonly keyProblemSince: string;
  /** Why the group's spec is not followed, if it is not. */
  readonly refused: string | undefined;
  /** The latest sighting of each kind. */
  readonly sightings: ReadonlyMap<Sighting['kind'], Seen>;
  /** What is in the way on this node, with since when. */
  readonly findings: readonly (Finding & { readonly since: string })[];
}

type TransitionEntry = NonNullable<NonNullable<NonNullable<VipGroupStatus['members']>[number]>['history']>[number];

interface Seen {
  readonly sighting: Sighting;
  /** When this offender was first seen, ISO 8601. */
  readonly since: string;
  /** When it was last seen, in milliseconds since 1970. */
  readonly last: number;
}

/** A sighting that is not repeated for this long is over; the engine repeats those that go on each minute. */
export const sightingLastsMs = 150_000;

/** @param former what it was before, if it was a member */
export function newRecord(now: string, former?: FormerMember): MemberRecord {
  return {
    report: undefined,
    since: now,
    history: former?.history ?? undefined,
    lead: undefined,
    keyProblemSince: now,
    refused: undefined,
    sightings: new Map(),
    findings: [],
  };
}

/**
 * Takes in a report. Becoming the leader counts as a change of hands unless the status shows this node as the holder already, as
 * after a restart that nobody used to take over.
 */
export function withReport(
  record: MemberRecord,
  report: NotedReport,
  node: string,
  status: VipGroupStatus | undefined,
  now: string,
): MemberRecord {
  const since = record.report?.state === report.state ? record.since : now;
  // What was said before the agent was started anew, or the node was no member for a while, is still so.
  const history = record.report === undefined ? joined(saidBefore(status, node), record.history ?? []) : record.history;
  const sameKeys = record.report?.keyProblem?.message === report.keyProblem?.message;
  const keyProblemSince = sameKeys ? record.keyProblemSince : now;
  if (report.state !== 'Active') return { ...record, report, since, history, keyProblemSince, lead: undefined };
  if (record.lead !== undefined) return { ...record, report, since, history, keyProblemSince };
  const again = status?.holder === node;
  const lead = {
    since: (again ? status.since : undefined) ?? now,
    transitions: (status?.transitions ?? 0) + (again ? 0 : 1),
    reason: report.reason ?? 'unknown',
  };
  return { ...record, report, since, history, keyProblemSince, lead };
}

function saidBefore(status: VipGroupStatus | undefined, node: string): readonly TransitionEntry[] {
  const of = (list: readonly Pick<FormerMember, 'node' | 'history'>[] | null | undefined) =>
    list?.find((each) => each.node === node)?.history ?? [];
  return joined(of(status?.formerMembers), of(status?.members));
}

/** Only what changes who leads: of the rest the agent itself tells. */
export function withTransition<T extends Pick<MemberRecord, 'history'> | FormerMember>(
  record: T,
  remembered: Remembered,
): T {
  const { at, from, to, reason, peer } = remembered;
  if (from !== 'Active' && to !== 'Active') return record;
  const entry = { at: new Date(at).toISOString(), from, to, reason, ...(peer === undefined ? {} : { peer }) };
  return { ...record, history: [...(record.history ?? []), entry].slice(-longestHistory) };
}

/** What is left of the record when the node is a member no more; undefined of one that never led. */
export function formerOf({ report, history }: MemberRecord, node: string, now: string): FormerMember | undefined {
  return formerMember({ node, address: report?.address, history: history && [...history] }, now);
}

function joined(before: readonly TransitionEntry[], since: readonly TransitionEntry[]): readonly TransitionEntry[] {
  return [...before.filter(({ at }) => !since.some((each) => each.at === at)), ...since].slice(-longestHistory);
}

export function withSighting(record: MemberRecord, sighting: Sighting, now: string): MemberRecord {
  const before = record.sightings.get(sighting.kind);
  // Of several offenders, the one that goes on is shown.
  if (before?.sighting.lasting && !sighting.lasting && Date.parse(now) - before.last < sightingLastsMs) return record;
  const since = before?.sighting.offender === sighting.offender ? before.since : now;
  const seen = { sighting, since, last: Date.parse(now) };
  return { ...record, sightings: new Map(record.sightings).set(sighting.kind, seen) };
}

export function withFindings(record: MemberRecord, findings: readonly Finding[], now: string): MemberRecord {
  const since = (type: Finding['type']) => record.findings.find((each) => each.type === type)?.since ?? now;
  return { ...record, findings: findings.map((finding) => ({ ...finding, since: since(finding.type) })) };
}

/**
 * Without the sightings that are over at `nowMs`, or were of an ID that the group has no more; the same record when none is.
 *
 * @param virtualRouterId the group's ID, if it is known
 */
export function withoutOldSightings(
  record: MemberRecord,
  nowMs: number,
  virtualRouterId: number | undefined,
): MemberRecord {
  const isCurrent = ({ sighting, last }: Seen) =>
    nowMs - last < sightingLastsMs && (virtualRouterId ?? sighting.virtualRouterId) === sighting.virtualRouterId;
  const current = [...record.sightings].filter(([, seen]) => isCurrent(seen));
  return current.length === record.sightings.size ? record : { ...record, sightings: new Map(current) };
}

/** The node's part of the status, whole: what is missing from it is taken back. */
export function statusOf(record: MemberRecord, node: string): VipGroupStatus {
  const { report, lead, refused } = record;
  const message = [refused && `the spec is refused, what it said before goes on: ${refused}`, report?.message]
    .filter(Boolean)
    .join('; ');
  const foreign = record.sightings.get('stranger')?.sighting;
  const member = {
    node,
    state: report?.state ?? 'Initialize',
    since: record.since,
    ...(report === undefined ? {} : { priority: report.priority }),
    ...(report?.address === undefined ? {} : { address: report.address }),
    ...(report?.interface === undefined ? {} : { interface: report.interface }),
    ...(message === '' ? {} : { message }),
    ...(report?.drainedConnections === undefined ? {} : { drainedConnections: report.drainedConnections }),
    ...(report?.drainedConnections === undefined || report.countedAt === undefined
      ? {}
      : { drainedConnectionsAt: new Date(report.countedAt).toISOString() }),
    ...(record.history === undefined || record.history.length === 0
      ? {}
      : { history: record.history.map((each) => ({ ...each })) }),
    ...(foreign?.lasting
      ? { foreignRouter: { address: foreign.offender, virtualRouterId: foreign.virtualRouterId } }
      : {}),
  };
  const keyProblem = report?.keyProblem && {
    type: 'AuthenticationKeyProblem' as const,
    ...report.keyProblem,
    since: record.keyProblemSince,
  };
  const conditions = [
    ...[...record.sightings.values()].map(({ sighting, since }) => condition(sighting, node, since)),
    ...[...record.findings, ...(keyProblem === undefined ? [] : [keyProblem])].map((found) => ({
      type: found.type,
      status: 'True' as const,
      reason: found.reason,
      message: `${found.message} ${seenBy(node)}`,
      lastTransitionTime: found.since,
    })),
  ];
  return {
    members: [member],
    ...(lead === undefined ? {} : holdsNothing(report) ? { transitions: lead.transitions } : { holder: node, ...lead }),
    ...(lead === undefined || report === undefined || report.notHeld.length === 0
      ? {}
      : { notHeld: report.notHeld.map((each) => ({ ...each })) }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/**
 * Whether the status of the group does not show what this node has written into it: somebody else has changed it, or the controller
 * gave this agent up for a while. Of conditions only that they are there, and have words: several nodes may see the same, the last one to
 * say so is shown, and takes its words along when it sees that no more.
 */
export function isEffaced(record: MemberRecord, node: string, shown: VipGroupStatus | undefined): boolean {
  const own = statusOf(record, node);
  if (own.holder !== undefined && shown?.holder !== node) return true;
  if (record.lead !== undefined && !sameAddresses(own.notHeld, shown?.notHeld)) return true;
  const worded = new Set(
    (shown?.conditions ?? []).filter(({ message }) => message !== undefined).map(({ type }) => type),
  );
  if ((own.conditions ?? []).some(({ type }) => !worded.has(type))) return true;
  const [member] = own.members ?? [];
  const entry = shown?.members?.find((each) => each.node === node);
  return (['state', 'priority', 'address', 'message', 'since'] as const).some(
    (field) => entry?.[field] !== member?.[field],
  );
}

/**
 * A condition that has this node's words although it says that no more, with its place among the shown ones. Undefined when there is none.
 * To let go of it was not enough: an API server may count the controller, which writes the list, as an owner of all that is in it (seen
 * with 1.20).
 */
export function leftCondition(
  record: MemberRecord,
  node: string,
  shown: VipGroupStatus | undefined,
): { readonly at: number; readonly message: string } | undefined {
  const told = [...(shown?.conditions ?? []).entries()].filter(([, { message }]) => message?.endsWith(seenBy(node)));
  if (told.length === 0) return undefined;
  const own = new Set<string>((statusOf(record, node).conditions ?? []).map(({ type }) => type));
  const [left] = told.filter(([, { type }]) => !own.has(type));
  return left && { at: left[0], message: left[1].message! };
}

/** Of a leader: it takes none of the addresses of its group, so it is not shown as who holds them. */
export function holdsNothing(report: Pick<MemberReport, 'held' | 'notHeld'> | undefined): boolean {
  return report !== undefined && report.held.length === 0 && report.notHeld.length > 0;
}

function sameAddresses(a: VipGroupStatus['notHeld'], b: VipGroupStatus['notHeld']): boolean {
  const of = (list: VipGroupStatus['notHeld']) => (list ?? []).map(({ address, reason }) => `${address} ${reason}`);
  return of(a).join() === of(b).join();
}

export const conditionTypes = {
  stranger: 'VirtualRouterIdConflict',
  'own-address': 'DuplicateNode',
  'same-priority': 'DuplicateNode',
  'address-conflict': 'AddressConflict',
  unauthenticated: 'AuthenticationFailed',
  'other-settings': 'SettingsDiffer',
} as const;

/** A sighting as a condition of the group. */
export function condition(sighting: Sighting, node: string, at: string) {
  return {
    type: conditionTypes[sighting.kind],
    status: 'True' as const,
    reason: sighting.fault === undefined ? conditionReasons[sighting.kind] : faultReasons[sighting.fault],
    message: `${sightingText(sighting)} ${seenBy(node)}`,
    lastTransitionTime: at,
  };
}

/** Why, for each kind; `unauthenticated` has more. */
export const conditionReasons = {
  stranger: 'ForeignAdvert',
  'own-address': 'OwnAddressElsewhere',
  'same-priority': 'SamePriority',
  'address-conflict': 'AnsweredElsewhere',
  unauthenticated: 'NotAuthentic',
  'other-settings': 'OtherSettings',
} as const;

export const faultReasons: Readonly<Record<AuthenticationFault, string>> = {
  'hmac-missing': 'TrailerMissing',
  'hmac-stale': 'StampOutsideWindow',
  'hmac-unknown-key': 'KeyUnknown',
  'hmac-mismatch': 'SignatureWrong',
  'hmac-replay': 'StampSeenBefore',
};

/** What was seen and what to do about it, as a sentence. */
export function sightingText(s: Sighting): string {
  switch (s.kind) {
    case 'stranger':
      return (
        `${s.offender}, which is no member, sends adverts of virtual router ID ${s.virtualRouterId} on ${s.interface}: ` +
        `they are ignored; ${suspicion(s.suspect)}give one of the two another ID`
      );
    case 'own-address':
      return (
        `somebody else on ${s.interface} sends adverts of virtual router ID ${s.virtualRouterId} from this node's address ` +
        `${s.offender}: look for a second agent with this node's name or a duplicate address`
      );
    case 'same-priority':
      return (
        `${s.offender} has this node's priority in virtual router ${s.virtualRouterId} on ${s.interface}: ` +
        'look for a second agent with the same --node-name, or give the members different priorities'
      );
    case 'address-conflict':
      return (
        `${s.offender} on ${s.interface} answers for ${s.address ?? 'an address of the group'}, too: ` +
        `${s.held ? 'both go on' : 'it is not taken'}; take it off that host (kube-proxy in IPVS mode needs strictARP: true)`
      );
    case 'other-settings':
      return (
        `member ${s.offender} on ${s.interface} sends adverts of virtual router ID ${s.virtualRouterId} with ${s.setting} ${s.theirs}; ` +
        `here it is ${s.ours}: ${s.dropped ? 'they are dropped, so both may lead' : 'they count all the same'}; ` +
        'give all members the same'
      );
    case 'unauthenticated':
      return (
        `an advert of virtual router ID ${s.virtualRouterId} from ${s.offender} (${s.mac} on ${s.interface}) ` +
        `${faultTexts[s.fault ?? 'hmac-mismatch']} ${s.dropped ? '(dropped)' : '(it counts until the mode is enforce)'}`
      );
  }
}

/** A member whose address is wrong on paper is the likeliest stranger. */
function suspicion(suspect: Sighting['suspect']): string {
  if (suspect === undefined) return '';
  const { node, address, field } = suspect;
  return (
    `they have the priority of member ${node}, and nothing is heard from ${address}, its address by ${field}: ` +
    'probably that is wrong and is to be corrected; if not, '
  );
}

/** What is wrong with an advert's signature, and where to look: the second half of a sentence. */
const faultTexts: Readonly<Record<AuthenticationFault, string>> = {
  'hmac-missing': 'is not signed: if that is a member, give its agent the key; if not, somebody uses its address',
  'hmac-stale': 'has a stamp outside the time window: set the clocks of both nodes right (NTP); else it is a recording',
  'hmac-unknown-key':
    'is signed with a key that this node does not have: every node needs a new key before one signs with it',
  'hmac-mismatch': 'has a wrong signature: the nodes have different keys under one ID, or it is forged',
  'hmac-replay': 'came a second time, or late: it is a recording, or the network doubles frames',
};
