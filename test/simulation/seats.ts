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
  return {
    version: plan.version,
    family: plan.family,
    virtualRouterId: plan.index + 1,
    priority: plan.priorities.get(node.index)!,
    advertisementInterval: plan.interval,
    preempt: plan.preempt,
    preemptDelay: plan.preemptDelay,
    source: node.sources[plan.family],
  };
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
    priority: plan.priorities.get(node.index)!,
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
