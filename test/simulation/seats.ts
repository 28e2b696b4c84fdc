import { type Ranking, rankMembers } from '../../src/core/tracking/last-resort.js';
import type { Reception } from '../../src/core/vrrp/receive.js';
import { createVirtualRouter, type VirtualRouterConfig } from '../../src/core/vrrp/virtual-router.js';
import type { ReceivedAdvert } from '../../src/core/wire/vrrp-frame.js';
import type { Frame, GroupPlan, Node, Seat, World } from './model.js';

const multicast = {
  4: Uint8Array.of(224, 0, 0, 18),
  6: Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12),
} as const;
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
/** Adverts carry no list: its content has no part in an election. */
const addresses: readonly Uint8Array[] = [];

/** A new seat for a member of a group, not started yet. */
export function createSeat(world: World, node: Node, plan: GroupPlan): Seat {
  return {
    router: createVirtualRouter(routerConfig(node, plan)),
    reception: receptionOf(world, node, plan),
    leaving: false,
    frame: undefined,
  };
}

/** What the plan means for the node's router. The node must be a member. */
export function routerConfig(node: Node, plan: GroupPlan): VirtualRouterConfig {
  const { priorities, lastResorts, forsaken } = rankingOf(plan);
  return {
    version: plan.version,
    family: plan.family,
    virtualRouterId: plan.index + 1,
    priority: priorities.get(String(node.index))!,
    advertisementInterval: plan.interval,
    preempt: plan.preempt && !forsaken,
    preemptDelay: plan.preemptDelay,
    lastResorts,
    source: node.sources[plan.family],
  };
}

/**
 * Whether a leader that goes from one plan to another gives its leadership away: as the engine's `givesWay`, but that nobody yields on
 * request here.
 */
export function givesWay(node: Node, before: GroupPlan, after: GroupPlan): boolean {
  const priorityIn = (plan: GroupPlan, index: number) => rankingOf(plan).priorities.get(String(index)) ?? 0;
  const priority = priorityIn(after, node.index);
  const isBest = [...after.priorities.keys()].every((other) => priorityIn(after, other) <= priority);
  const { preempt } = routerConfig(node, after);
  return !isBest && priority < priorityIn(before, node.index) && (after.lastResort.has(node.index) || preempt);
}

/** The highest priority of a member that is neither of these: as the engine's, which excludes itself and the leader. */
export function bestSuccessor(plan: GroupPlan, node: number, leader: number): number {
  const { priorities } = rankingOf(plan);
  return Math.max(
    0,
    ...[...plan.priorities.keys()].map((other) =>
      other === node || other === leader ? 0 : priorities.get(String(other))!,
    ),
  );
}

function rankingOf({ priorities, lastResort }: GroupPlan): Ranking {
  return rankMembers(
    [...priorities].map(([node, priority]) => ({
      node: String(node),
      priority,
      ...(lastResort.has(node) ? { lastResort: 'Cordoned' } : {}),
    })),
  );
}

/** What the plan lets in at the node: adverts of the other members. */
export function receptionOf(world: World, node: Node, plan: GroupPlan): Reception {
  const members: Uint8Array[] = [];
  for (const other of plan.priorities.keys()) {
    if (other !== node.index) members.push(world.nodes[other]!.sources[plan.family]);
  }
  return {
    version: plan.version,
    family: plan.family,
    virtualRouterId: plan.index + 1,
    priority: routerConfig(node, plan).priority,
    advertisementInterval: plan.interval,
    addresses,
    ownSources: [node.sources[plan.family]],
    members,
    absentUpTo: 0,
    activeSource: undefined,
    transport: 'multicast',
    others: members,
  };
}

/** The frame that a seat sends: the same one as last time while nothing in it changed. */
export function frameOf(node: Node, group: number, seat: Seat, priority: number): Frame {
  const { version, family, virtualRouterId, advertisementInterval: interval, source } = seat.router.config;
  const last = seat.frame?.received.advert;
  if (seat.frame && last?.priority === priority && last.interval === interval) return seat.frame;
  const advert = { version, family, virtualRouterId, priority, interval, addresses };
  const received: ReceivedAdvert = {
    advert,
    source,
    destination: multicast[family],
    sourceMac: mac,
    destinationMac: mac,
    vlan: 0,
    checksumForm: 'pseudo-header',
  };
  seat.frame = { group, from: node.index, received, input: { type: 'advert', advert, source } };
  return seat.frame;
}
