/** The cluster as the page shows it, from what the controller knows: pure but for reading that. Fields are picked one by one. */
import { type Eip, protocolOf } from '../../api/eip.js';
import { problemsText } from '../../api/problem.js';
import type { Silence } from '../../api/silent-agents.js';
import { notHeldText, type VipGroup } from '../../api/vip-group.js';
import type { World } from '../cache/world.js';
import { lastResort } from '../nodes/last-resort.js';
import type { Node } from '../objects/builtin-objects.js';
import type { Routing } from '../routers/routing-fault.js';
import type { Standing } from '../standing/contract.js';
import type { GroupView, MemberView, NodeView, PoolView, RouterView, SessionView, View } from './contract.js';

/** What the controller knows. */
export interface Known {
  readonly world: Pick<World, 'eips' | 'vipGroups' | 'nodes' | 'outOfTouch' | 'problem'> & {
    routing(): Pick<Routing, 'peers'>;
  };
  readonly agents: {
    silence(node: string): Silence | undefined;
    heardAt(node: string): number | undefined;
  };
  readonly standings: { of(group: VipGroup): Standing };
}

/** Of the addresses of one group so many are sent: one of BGP may have 4000. */
const mostAddresses = 256;

export function viewOf({ world, agents, standings }: Known): View {
  const outOfTouch = world.problem() ?? world.outOfTouch();
  const groups = [...world.vipGroups.list()].map((group) => groupView(group, standings.of(group)));
  return {
    ...(outOfTouch === undefined ? {} : { outOfTouch }),
    pools: [...world.eips.list()].map(poolView).sort(byName),
    groups: groups.sort(byName),
    nodes: nodeViews(world.nodes(), groups, agents).sort(byName),
    routers: world.routing().peers.map(routerView).sort(byName),
  };
}

function poolView(eip: Eip): PoolView {
  const { metadata, spec, status, wrong = [] } = eip;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const fault = wrong.length > 0 ? problemsText(wrong) : ready?.status === 'False' ? ready.message : undefined;
  return {
    name: metadata.name,
    protocol: protocolOf(eip),
    addresses: spec.address,
    size: status?.poolSize ?? 0,
    used: status?.usage ?? 0,
    leftOut: status?.leftOut ?? 0,
    disabled: spec.disable === true,
    ...(fault === undefined ? {} : { fault }),
    services: status?.used ?? {},
  };
}

function groupView(group: VipGroup, standing: Standing): GroupView {
  const { metadata, spec, status } = group;
  const notHeld = (status?.notHeld ?? []).filter((entry) => spec.addresses.includes(entry.address));
  const warnings = (status?.conditions ?? []).filter((each) => each.status === 'True' && each.message !== undefined);
  const since = instantOf(status?.since);
  return {
    name: metadata.name,
    ...(spec.eip === undefined ? {} : { pool: spec.eip }),
    protocol: spec.protocol,
    ...(spec.vrrp === undefined ? {} : { virtualRouterId: spec.vrrp.virtualRouterId }),
    addresses: spec.addresses.slice(0, mostAddresses),
    addressCount: spec.addresses.length,
    ...holding(standing, notHeld.length > 0),
    ...(since === undefined ? {} : { since }),
    ...(status?.reason === undefined ? {} : { reason: status.reason }),
    ...(status?.transitions === undefined ? {} : { transitions: status.transitions }),
    members: memberViews(group),
    notHeld: notHeld.map((entry) => ({ address: entry.address, why: notHeldText(entry) })),
    // Held says only what `why` says.
    warnings: warnings.filter(({ type }) => type !== 'Held').map(({ message }) => message!),
  };
}

function holding(standing: Standing, lacks: boolean): Pick<GroupView, 'holders' | 'state' | 'why'> {
  switch (standing.by) {
    case 'node':
      return { holders: [standing.node], state: lacks ? 'partly' : 'held' };
    case 'nodes':
      return { holders: standing.nodes, state: standing.nodes.length < standing.of ? 'partly' : 'held' };
    case 'candidates':
      return { holders: [], state: 'electing' };
    default:
      return { holders: [], state: standing.by, why: standing.message };
  }
}

function memberViews({ spec, status }: VipGroup): readonly MemberView[] {
  const reports = new Map((status?.members ?? []).map((member) => [member.node, member]));
  return spec.members.map(({ node, priority }) => {
    const report = reports.get(node);
    const since = instantOf(report?.since);
    return {
      node,
      priority: report?.priority ?? priority,
      ...(report?.state === undefined ? {} : { state: report.state }),
      ...(since === undefined ? {} : { since }),
      ...(report?.interface === undefined ? {} : { interface: report.interface }),
      ...(report?.message === undefined ? {} : { message: report.message }),
    };
  });
}

/** The nodes of the cluster, and those that groups speak of all the same. */
function nodeViews(nodes: Iterable<Node>, groups: readonly GroupView[], agents: Known['agents']): NodeView[] {
  const known = new Map([...nodes].map((node) => [node.metadata.name, node]));
  const members = new Set(groups.flatMap((group) => group.members.map(({ node }) => node)));
  return [...new Set([...known.keys(), ...members])].map((name) => {
    const silence = agents.silence(name);
    const resort = lastResort(known.get(name));
    const heard = agents.heardAt(name) !== undefined;
    return {
      name,
      agent: silence !== undefined ? 'silent' : heard ? 'heard' : members.has(name) ? 'unknown' : 'none',
      ...(silence === undefined || silence.reason === 'NeverHeard' ? {} : { heardAt: silence.sinceMs }),
      ...(resort === undefined ? {} : { lastResort: resort }),
    };
  });
}

type BgpPeer = Routing['peers'][number];

function routerView({ metadata, spec, status, wrong = [] }: BgpPeer): RouterView {
  const { conf } = spec;
  return {
    name: metadata.name,
    ...(conf?.neighborAddress === undefined ? {} : { address: conf.neighborAddress }),
    ...(conf?.peerAs === undefined ? {} : { as: conf.peerAs }),
    ...(wrong.length === 0 ? {} : { fault: problemsText(wrong) }),
    sessions: (status?.nodes ?? []).map(sessionView).sort((a, b) => (a.node < b.node ? -1 : 1)),
  };
}

type SessionStatus = NonNullable<NonNullable<BgpPeer['status']>['nodes']>[number];

function sessionView({ node, state, since, prefixesSent, bfd, problem }: SessionStatus): SessionView {
  const at = instantOf(since);
  return {
    node,
    ...(state === undefined ? {} : { state }),
    ...(at === undefined ? {} : { since: at }),
    ...(prefixesSent === undefined ? {} : { prefixes: prefixesSent }),
    ...(bfd ? { bfd: bfd.state } : {}),
    ...(problem ? { problem: `${problem.reason}: ${problem.message}` } : {}),
  };
}

/** What an agent or the API server wrote; undefined where it is no instant. */
export function instantOf(text: string | undefined): number | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
