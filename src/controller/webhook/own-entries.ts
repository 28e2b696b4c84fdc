/**
 * What the agent of one node may write: its own part of the statuses of VipGroups, BgpPeers and BgpConfs, and its own Lease. The rules are those of the admission policy
 * in the chart (`templates/agent-own-entries.yaml`), for servers that know no policies; `test/vectors/own-entries.ts` holds for both. Pure.
 */
import { agentLeaseName, agentLeaseNode } from '../../api/agent-lease.js';
import { seenBy } from '../../api/vip-group.js';
import { sameJson } from '../objects/same-json.js';

/** A write as an AdmissionReview has it: of objects that nobody has looked at yet. */
export interface AgentWrite {
  /** Of all but Leases, the status. */
  readonly of: 'vipgroups' | 'bgppeers' | 'bgpconfs' | 'leases';
  readonly object: unknown;
  /** Absent when it is created. */
  readonly oldObject?: unknown;
}

/** @returns why the agent of `node` may not write this; undefined when it may */
export function foreignEntry(node: string, { of, object, oldObject }: AgentWrite): string | undefined {
  if (of === 'leases')
    return isOwnLease(node, fields(object)) ? undefined : 'an agent renews no Lease but that of its own node';
  const change = readChange(node, fields(object), fields(oldObject));
  return (of === 'vipgroups' ? groupRules : sessionRules).find(({ holds }) => !holds(change))?.message;
}

type Fields = Readonly<Record<string, unknown>>;

interface Change {
  readonly node: string;
  /** Whether the group has the node as a member: by its spec, which a write of the status does not change. */
  readonly isMember: boolean;
  readonly status: Fields;
  readonly before: Fields;
  readonly members: readonly Fields[];
  readonly membersBefore: readonly Fields[];
}

function readChange(node: string, object: Fields, old: Fields): Change {
  const [status, before] = [fields(object.status), fields(old.status)];
  return {
    node,
    isMember: list(fields(object.spec).members).some((member) => member.node === node),
    status,
    before,
    members: list(status.members),
    membersBefore: list(before.members),
  };
}

interface Rule {
  readonly message: string;
  holds(change: Change): boolean;
}

const groupRules: readonly Rule[] = [
  {
    message: "an agent writes no member of a VipGroup's status but that of its own node",
    holds: ({ node, members, membersBefore }) => sameJson(ofOthers(node, members), ofOthers(node, membersBefore)),
  },
  {
    message: "an agent writes no former member of a VipGroup's status but its own node",
    holds: ({ node, status, before }) =>
      sameJson(ofOthers(node, list(status.formerMembers)), ofOthers(node, list(before.formerMembers))),
  },
  nothingBut('members', 'formerMembers', 'holder', 'since', 'reason', 'transitions', 'notHeld', 'conditions'),
  {
    message: "an agent writes a VipGroup's holder only to say that its own node, a member, leads or leads no more",
    holds: keepsToItsLeadership,
  },
  {
    message: 'an agent says which addresses of a VipGroup are not held only while its own node, a member, leads',
    holds: keepsToWhatItHolds,
  },
  {
    message: 'an agent writes and takes back only conditions of a VipGroup that its own node has seen',
    holds: keepsToItsConditions,
  },
];

/** As OpenELB has them: by the name of the node. */
const mapsOfNodes = ['nodesPeerStatus', 'nodesConfStatus'];

const sessionRules: readonly Rule[] = [
  {
    message: "an agent writes no entry of a BgpPeer's or BgpConf's status but that of its own node",
    holds: ({ node, status, before }) =>
      sameJson(ofOthers(node, list(status.nodes)), ofOthers(node, list(before.nodes))) &&
      mapsOfNodes.every((name) => sameJson(withoutNode(node, status[name]), withoutNode(node, before[name]))),
  },
  nothingBut('nodes', ...mapsOfNodes),
];

/** What else there is, now or some day, is not the agents' to write. */
function nothingBut(...names: readonly string[]): Rule {
  return {
    message: 'an agent writes nothing of what the controller concludes from what all agents say',
    holds: ({ status, before }) =>
      Object.keys({ ...status, ...before }).every((name) => names.includes(name) || sameField(name, status, before)),
  };
}

function ofOthers(node: string, entries: readonly Fields[]): readonly Fields[] {
  return entries.filter((entry) => entry.node !== node);
}

function withoutNode(node: string, map: unknown): Fields {
  return Object.fromEntries(Object.entries(fields(map)).filter(([name]) => name !== node));
}

/** Where nobody is said to lead, a member may: it may lead and answer for none of the addresses. */
function keepsToItsLeadership({ node, isMember, status, before }: Change): boolean {
  const untouched = ['holder', 'since', 'reason', 'transitions'].every(
    (field) => sameField(field, status, before) || (field === 'transitions' && isMember),
  );
  const [holder, holderBefore] = [text(status.holder), text(before.holder)];
  if (untouched) return true;
  if (holder === node) return isMember;
  return holder === '' && (holderBefore === node || (holderBefore === '' && isMember));
}

/** Who does not lead any more, or was given up, takes back what it said. */
function keepsToWhatItHolds({ node, isMember, status, before, members, membersBefore }: Change): boolean {
  if (sameJson(list(status.notHeld), list(before.notHeld))) return true;
  const stateIn = (all: readonly Fields[]) => all.find((member) => member.node === node)?.state;
  if (list(status.notHeld).length > 0) return isMember && stateIn(members) === 'Active';
  return before.holder === node || ['Active', 'Lost'].includes(String(stateIn(membersBefore)));
}

/**
 * Where several agents say one condition, what is left when the one that said it last takes it back has no words: its type, its status, and
 * what the others have said the same.
 */
function keepsToItsConditions({ node, status, before }: Change): boolean {
  const [now, then] = [list(status.conditions), list(before.conditions)];
  const isOwn = ({ message }: Fields) => typeof message === 'string' && message.endsWith(seenBy(node));
  const isLeftOf = (rest: Fields) =>
    rest.message === undefined &&
    then.some((each) => each.type === rest.type && each.status === rest.status && isOwn(each));
  return (
    now.every((each) => then.some((old) => sameJson(old, each)) || isOwn(each) || isLeftOf(each)) &&
    then.every((old) => now.some(({ type }) => type === old.type) || old.message === undefined || isOwn(old))
  );
}

function isOwnLease(node: string, { metadata, spec }: Fields): boolean {
  const { name, annotations } = fields(metadata);
  const { holderIdentity = '' } = fields(spec);
  return (
    name === agentLeaseName(node) &&
    fields(annotations)[agentLeaseNode] === node &&
    (holderIdentity === '' || holderIdentity === node)
  );
}

function sameField(field: string, a: Fields, b: Fields): boolean {
  return Object.hasOwn(a, field) === Object.hasOwn(b, field) && sameJson(a[field], b[field]);
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A list is null where a server leaves that of one which was taken back. */
function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
