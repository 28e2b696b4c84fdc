import type { KeyObject } from 'node:crypto';
import type { Checkpoint as BfdCheckpoint } from '../../../core/bfd/restart.js';
import type { Session } from '../../../core/bgp/contract.js';
import type { Input } from '../../../core/bgp/session.js';
import type { Micros } from '../../../core/time.js';
import type { BfdState } from '../../../core/wire/bfd.js';
import type { LinuxError } from '../../../platform/linux/errno.js';
import type { SocketAddress } from '../../../platform/linux/socket-address.js';
import type { Farewell, PeerSettings, Problem, RoutingEvent, Speaker as SpeakerSettings } from './contract.js';
import type { Counters } from './counters.js';
import type { RouteSets } from './route-sets.js';
import type { Connection, Listener, World } from './world.js';

/** The BGP speaker of this node, as it runs. */
export interface Speaker {
  readonly world: World;
  readonly emit: (event: RoutingEvent) => void;
  /** What is known of the process before this one. */
  readonly life: Life;
  settings: SpeakerSettings;
  /** By name; those on their way out are among them. */
  readonly peers: Map<string, Peer>;
  readonly routes: RouteSets;
  /** Whether all sources of routes have been heard. */
  complete: boolean;
  readonly listeners: Listeners;
  readonly counters: Counters;
  /** How all routers are being left, while the main thread waits to hear that they are. */
  leaving: Farewell['how'] | undefined;
  /** Whether BFD is to be had. */
  hasBfd: boolean;
  /** BFD sessions that the process before this one left, by the names of peers that have not asked for one yet. */
  readonly former: Map<string, BfdCheckpoint>;
  /** Until when hosts, by their addresses as text, are taken to want a BFD session that nobody here wants. */
  readonly asking: Map<string, Micros>;
  restart: Restart | undefined;
  /** Whether the next process on the node has been left what it needs. */
  kept: boolean;
}

export interface Life {
  /** The kernel's, which is another after a reboot. */
  readonly bootId: string;
  /** That of the kernel that ran when a process before this one announced; undefined when routers know nothing of us. */
  readonly formerBootId: string | undefined;
}

/** A session with one router, and what belongs to it. */
export interface Peer {
  readonly name: string;
  settings: PeerSettings;
  session: Session;
  /** By the numbers that the session knows them by. */
  readonly connections: Map<number, Connection>;
  /** Inputs that wait for the one that is being worked on. */
  readonly inputs: Input[];
  busy: boolean;
  /** The connection that the router made and the session has not judged yet. */
  offered: Connection | undefined;
  /** Where the router is, once that is known. */
  at: SocketAddress | undefined;
  /** Whether that has changed, and BFD and keys are to follow. */
  moved: boolean;
  /** Since when the state is what it is: milliseconds since the epoch. */
  since: number;
  establishedCount: number;
  /** Why the last attempt that has ended came to nothing, if the kernel said so. */
  failure: LinuxError | undefined;
  /** What keeps this session from being tried at all. */
  trouble: Problem | undefined;
  /** When a change of the network last had it tried again. */
  retriedAt: Micros;
  /** When a faulty UPDATE of it was last logged. */
  faultLoggedAt: Micros;
  /** Whether its routes have changed since it was last told. */
  routesStale: boolean;
  readonly bfd: PeerBfd;
  /** Whether something is to be reported, what count was, and when. */
  reportDue: boolean;
  reportedCount: number;
  reportedAt: Micros;
  /** It is being left; what begins in its place afterwards, if something does. */
  going: boolean;
  /** It is being left so that the next process goes on with it: BFD must not notice. */
  resumes: boolean;
  successor: PeerSettings | undefined;
}

/** What is known of the BFD session beside a BGP session. */
export interface PeerBfd {
  /** What was asked for, as text; '' for nothing. */
  requested: string;
  state: BfdState;
  /** When it was last Up and then was not; `-never` before. */
  leftUpAt: Micros;
  /** What is in force while it is Up: microseconds. */
  agreed: { readonly interval: Micros; readonly detection: Micros } | undefined;
  problem: Problem | undefined;
  /** Until when the router is taken to want a session that we do not; `never` when it is not heard to. */
  askedUntil: Micros;
  /** The connection on which BFD has not come up in time and is not Up yet, by its number. */
  missed: number | undefined;
}

/** This process goes to be started again: what the next one needs is being gathered. */
export interface Restart {
  /** For which peers BFD has not answered. */
  readonly awaited: Set<string>;
  readonly checkpoints: Map<string, BfdCheckpoint>;
  /** When to go without waiting for them any longer. */
  readonly until: Micros;
}

/** Where connections of routers are taken. */
export interface Listeners {
  /** By address as text. */
  readonly open: Map<string, OpenListener>;
  port: number | undefined;
  /** When to try again what could not be had. */
  retryAt: Micros;
  /** Why the port is not to be had, or not on each address. */
  problem: Problem | undefined;
  /** What was last told of it. */
  told: string;
}

/** One address of the port. */
export interface OpenListener {
  readonly listener: Listener;
  readonly length: number;
  /** Keys that connections must be signed with, by the router's address. */
  readonly keys: Map<string, KeyObject>;
  /** Why none that wait are taken for now. */
  stalled: Problem | undefined;
}
