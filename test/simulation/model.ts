import type { Family } from '../../src/core/ip/address.js';
import type { Subscriptions } from '../../src/core/liveness/subscriptions.js';
import type { Micros } from '../../src/core/time.js';
import type { Reception } from '../../src/core/vrrp/receive.js';
import type { Input, step, TransitionReason, VirtualRouter } from '../../src/core/vrrp/virtual-router.js';
import type { ReceivedAdvert } from '../../src/core/wire/vrrp-frame.js';
import type { Checker } from './checkers/checker.js';
import type { Asker, Datagram, Watched } from './liveness.js';
import type { Options } from './options.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

/** What an operator and the controller want of a group: nodes learn it, each when it reaches them. */
export interface GroupPlan {
  readonly index: number;
  /** Counts the changes. */
  readonly revision: number;
  readonly version: 2 | 3;
  readonly family: Family;
  readonly interval: Micros;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  /** How fast Backups are to find out that the leader's program is dead, beyond what adverts tell. */
  readonly fast: { readonly interval: Micros; readonly multiplier: number } | undefined;
  /** Priority of each member, by index of the node. */
  readonly priorities: ReadonlyMap<number, number>;
  /** Members that are to lead only when no other can: their nodes are cordoned or not Ready. */
  readonly lastResort: ReadonlySet<number>;
}

/** An advert on its way: the group it is for, what the wire carries, and the same as the core's input. */
export interface Frame {
  readonly group: number;
  readonly from: number;
  readonly received: ReceivedAdvert;
  readonly input: Input;
}

/** A group's address on one node's NIC. */
export interface Holding {
  wanted: boolean;
  held: boolean;
  /** Refusals in a row. */
  refusals: number;
  /** Changes whenever it is wanted or not: work planned before does not count any more. */
  turn: number;
}

/** A group on one node. */
export interface Seat {
  router: VirtualRouter;
  reception: Reception;
  /** Its shutdown is under way: it ends with 'released'. */
  leaving: boolean;
  /** The last frame sent, to be sent again while nothing changed. */
  frame: Frame | undefined;
}

/** One machine with one agent. */
export interface Node {
  readonly index: number;
  /** Its address in each family. */
  readonly sources: { readonly 4: Uint8Array; readonly 6: Uint8Array };
  readonly clockRate: number;
  readonly clockOffset: Micros;
  /** By group; undefined where it is no member. */
  readonly seats: (Seat | undefined)[];
  /** By group: also what an earlier life left behind. */
  readonly holdings: readonly Holding[];
  /** What it last heard of each group. */
  readonly plans: GroupPlan[];
  /** Frames that wait in its socket. */
  readonly queue: Frame[];
  readonly datagrams: Datagram[];
  /** Whom its Backups watch. */
  readonly watches: Map<string, Watched>;
  /** To whom it answers unasked; a node of an older version does not. */
  readonly subscriptions: Subscriptions<Asker>;
  readonly answersUnasked: boolean;
  /** A firewall drops its datagrams, in both directions. */
  readonly filtersDatagrams: boolean;
  running: boolean;
  /** When the process was stopped; undefined while it is not. */
  pausedAt: Micros | undefined;
  /** Since when the process renews no leases, being dead or stopped. */
  goneSince: Micros | undefined;
  /** While paused: the whole machine is, so that frames are not even queued. */
  stunned: boolean;
  /** The process was asked to stop and does so once every group is released. */
  stopping: boolean;
  /** What follows then. */
  whenStopped: (() => void) | undefined;
  linkUp: boolean;
  refusesAddresses: boolean;
  /** The next wake that is planned, in world time. */
  wakeAt: Micros;
  /** Changes with each start of the process: what was planned for an earlier life does not happen. */
  life: number;
}

/** Everything there is. Times are world time; a node's own clock runs at its own rate. */
export interface World {
  readonly options: Options;
  readonly random: Random;
  readonly datagramRandom: Random;
  readonly scheduler: Scheduler;
  readonly nodes: readonly Node[];
  /** The newest plan of each group. */
  readonly plans: GroupPlan[];
  /** Whether frames from one node (first index) do not reach another. */
  readonly cuts: boolean[][];
  readonly checkers: Checker[];
  /** The core, or a broken one that the checkers must catch. */
  readonly step: typeof step;
  /** What a node does with a datagram. */
  readonly arrive: (world: World, node: Node, datagram: Datagram) => void;
  /** What an agent does once a group is released. */
  readonly released: (world: World, node: Node, group: number) => void;
  readonly trace: ((at: Micros, text: string) => void) | undefined;
  /** How often a state was left, by reason. */
  readonly transitions: Map<TransitionReason, number>;
  stormy: boolean;
}

/** Whether the agent does anything at all just now. */
export function isAwake(node: Node): boolean {
  return node.running && node.pausedAt === undefined;
}

/** Whether the node takes part in the group and nothing hinders it. */
export function isHealthy(node: Node, group: number): boolean {
  const seat = node.seats[group];
  return isAwake(node) && node.linkUp && seat !== undefined && !seat.leaving;
}

/** Whether the node is Active for the group, be it on its way out. */
export function isActive(node: Node, group: number): boolean {
  return isAwake(node) && node.seats[group]?.router.state === 'Active';
}
