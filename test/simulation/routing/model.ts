import type { Session as BfdSession, step as bfdStep, Timing } from '../../../src/core/bfd/session.js';
import type { RouteTable, Session, step } from '../../../src/core/bgp/session.js';
import type { Micros } from '../../../src/core/time.js';
import type { Random } from '../random.js';
import type { Scheduler } from '../scheduler.js';
import type { Rib } from './rib.js';
import type { Pipe } from './tcp.js';

/** What decides about a world beside chance. */
export interface RoutingOptions {
  readonly nodes: number;
  readonly routers: number;
  /** Seconds that nodes propose; routers propose more. */
  readonly holdTime: number;
  /** For how long routers keep the routes of a node that restarts, in seconds. */
  readonly restartTime: number;
  readonly bfd: Timing | undefined;
  readonly latency: Micros;
  readonly gatherFor: Micros;
  /** Whether routers wait for nodes to connect. */
  readonly passiveRouters: boolean;
  /** As BIRD does; FRR keeps stale routes when BFD says that their node is gone. */
  readonly bfdEndsStale: boolean;
  /** How many prefixes there are that nodes may announce. */
  readonly prefixes: number;
}

/** One end of a session: a node's (0) or a router's (1). It lives as long as its process has it. */
export interface End {
  session: Session;
  bfd: BfdSession | undefined;
  /** Connections by their numbers. */
  readonly pipes: Map<number, Pipe>;
  /** When the end is called next; later plans are void. */
  wakeAt: Micros;
}

export type Side = 0 | 1;

/** A node and a router, and all that is between them. */
export interface Link {
  readonly node: number;
  readonly router: number;
  readonly ends: [End | undefined, End | undefined];
  readonly pipes: Set<Pipe>;
  /** What the router has heard from the node. */
  readonly rib: Rib;
  /** Nothing passes; or TCP alone does not. */
  blocked: 'no' | 'stalled' | 'cut';
  /** Probability that a packet of BFD is lost. */
  loss: number;
  /** Whether something is wrong now; when something that matters last happened; and when it must be overcome. */
  disturbed: boolean;
  disturbedAt: Micros;
  healedAt: Micros;
}

export interface Node {
  readonly index: number;
  wanted: RouteTable;
  /** What the group says of this node: whether its routes are to be known at all. */
  inService: boolean;
  /** Whether its process has heard all sources of routes. */
  told: boolean;
  /** When its routes, and when all of what is to be known, last changed. */
  changedAt: Micros;
  lifeAt: Micros;
  /** `off`: without its machine; `away`: without its process. */
  life: 'up' | 'off' | 'away';
  /** Whether something is being done to it that must come to its end first. */
  busy: boolean;
  /** Since when it is leaving for good; its routes must have been marked for so long when they go. */
  draining: { readonly at: Micros; readonly wait: Micros } | undefined;
  /** Since when it is restarting as planned: no route may go. */
  restarting: boolean;
}

export interface RoutingWorld {
  readonly options: RoutingOptions;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  /** Nodes' sessions; routers have the right ones. */
  readonly step: typeof step;
  readonly bfdStep: typeof bfdStep;
  readonly trace: ((at: Micros, text: string) => void) | undefined;
  /** What happened, by name. */
  readonly counts: Map<string, number>;
}

/** For people, and for judging whether enough has happened. */
export function note(world: RoutingWorld, { node, router }: Link, side: Side, what: string): void {
  world.trace?.(world.scheduler.now, `n${node} r${router} ${side === 0 ? 'node' : 'router'}: ${what}`);
}

export function count(world: RoutingWorld, what: string): void {
  world.counts.set(what, (world.counts.get(what) ?? 0) + 1);
}

/** Something that concerns this link's session has begun or ended, and must be overcome within a time. */
export function disturb(world: RoutingWorld, link: Link, within: Micros = healingTime(world)): void {
  link.disturbedAt = world.scheduler.now;
  link.healedAt = Math.max(link.healedAt, world.scheduler.now + within);
}

/** Whether nothing is wrong, and nothing can still show of what was. */
export function isQuiet(world: RoutingWorld, link: Link): boolean {
  return !link.disturbed && world.scheduler.now > link.healedAt;
}

export function linksOf(world: RoutingWorld, node: number): readonly Link[] {
  return world.links.filter((link) => link.node === node);
}

/** For how long what has gone wrong may still show, once nothing goes wrong any more. */
export function healingTime({ options }: RoutingWorld): Micros {
  // A dead session is noticed after the hold time; both ends may have backed off to 30 s, one after the other, and a connection that
  // nobody answers or that brings no OPEN takes its own time. What was lost without a word is kept meanwhile.
  const second = 1_000_000;
  return (options.holdTime + Math.max(options.restartTime, 30 + 30 + 30 + 10 + 10)) * second;
}
