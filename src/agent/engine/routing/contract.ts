/**
 * What the agent's main thread and the thread of routing protocols say to each other. Everything here survives structured cloning.
 *
 * The main thread makes of objects what this node is to do (`Speaker`, routes); the routing thread owns sessions and their timers.
 * BFD runs on the engine's thread, beside VRRP's timers; the two threads tell each other of it by a port of their own (`bfd/contract.ts`).
 */
import type { KeyObject } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import type { Timing } from '../../../core/bfd/contract.js';
import type { Close, Negotiated, PeerConfig, State } from '../../../core/bgp/contract.js';
import type { Routes } from '../../../core/bgp/routes.js';
import type { Family } from '../../../core/ip/address.js';
import type { Micros } from '../../../core/time.js';
import type { Prefix } from '../../../core/wire/bgp/prefix.js';
import type { BfdLink } from '../bfd/client.js';
import type { BfdHops } from '../bfd/contract.js';

/** Where a router is found. */
export type PeerLocation =
  /** At an address, 4 or 16 bytes; of a link-local one the NIC. */
  | { readonly address: Uint8Array; readonly interface?: string }
  /** At the link-local address of whoever sends router advertisements on a NIC (unnumbered). */
  | { readonly interface: string }
  /** At the gateway of the node's default route. */
  | { readonly defaultGateway: Family };

/** One session that this node is to have: a BgpPeer as it concerns this node, checked, all defaults in place. */
export interface PeerSettings {
  /** Tells sessions apart: the name of the BgpPeer. */
  readonly name: string;
  readonly location: PeerLocation;
  /** The router's TCP port: 1..65535. */
  readonly port: number;
  /** Our address of the session, 4 or 16 bytes; else what the kernel takes. */
  readonly sourceAddress?: Uint8Array;
  /** How many hops the router may be away: 1 on the same link, up to 255. */
  readonly hops: number;
  /** Whether packets from farther away are dropped by the kernel (RFC 5082). The router must do the same as a sender. */
  readonly ttlSecurity: boolean;
  /** For TCP-MD5 (RFC 2385): 1..80 octets, in an object whose bytes no log, error or JSON can show. */
  readonly password?: KeyObject;
  readonly bfd?: Timing;
  /** How far BFD takes the router to be; `one` when absent. */
  readonly bfdHops?: BfdHops;
  /** What a restart of this process means for peers is known to the routing thread alone. */
  readonly session: Omit<PeerConfig, 'gracefulRestart'> & {
    /** For how long the peer is to keep our routes while this process restarts, in seconds: 1..4095; undefined: not at all. */
    readonly restartTime?: number;
  };
  /** Names of the `RouteSet`s that this router is told, in no order. */
  readonly routeSets: readonly string[];
}

/** The BGP speaker of this node. */
export interface Speaker {
  /** Where connections of routers are taken, if they are: 1..65535. */
  readonly listenPort?: number;
  /** On which addresses; none: on all. */
  readonly listenAddresses: readonly Uint8Array[];
  /** For how long routes stay, marked as about to go (RFC 8326), when routers are left. */
  readonly drainWait: Micros;
  readonly peers: readonly PeerSettings[];
}

/** How a router is left that is no longer to be told anything by this node. */
export type Farewell =
  /** It was taken out of the configuration, or this node is to announce nothing any more: GSHUT, wait, withdraw, Cease. */
  | { readonly how: 'drain'; readonly text: string }
  /** This process goes to be started again. */
  | { readonly how: 'restart' }
  /** Without waiting for anybody. */
  | { readonly how: 'at-once'; readonly text: string };

/** What the thread is started with. */
export interface RoutingStart {
  /** Where commands come from and events, in lists, go to. */
  readonly port: MessagePort;
  /** Two ints: the thread counts its turns in the first, as the engine's does; the second is 1 when it is to end. */
  readonly pulse: SharedArrayBuffer;
  /** What this process leaves to the next one on the node: a file that survives it, in a folder that exists. */
  readonly checkpointFile: string;
}

export type RoutingCommand =
  /**
   * The whole speaker. Sessions that it has no more are drained; those that it has otherwise begin anew only if what has changed
   * cannot be changed in place.
   */
  | { readonly type: 'configure'; readonly speaker: Speaker }
  /** Changes of one set of routes. A set exists from its first change on. */
  | {
      readonly type: 'routes';
      readonly set: string;
      readonly add: readonly Routes[];
      readonly remove: readonly Prefix[];
      /** Take out everything else that the set had. */
      readonly whole: boolean;
    }
  /** BFD is to be had there; a later one takes the place of the one before. */
  | { readonly type: 'bfd'; readonly link: BfdLink }
  /** All sources of routes have been heard: End-of-RIB may be said. */
  | { readonly type: 'complete' }
  /** Leave all routers. Answered by `left`. */
  | ({ readonly type: 'leave' } & Farewell)
  /** Begin a session anew. */
  | { readonly type: 'reset'; readonly peer: string; readonly text: string };

/** How a session with a router stands; told at each transition, and within a second of a change of `prefixesSent`. Never polled. */
export interface PeerReport {
  readonly peer: string;
  readonly state: State;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The router's address as text, once it is known. */
  readonly address?: string;
  readonly localAddress?: string;
  readonly negotiated?: Negotiated;
  /** The router's BGP identifier, unsigned 32 bits. */
  readonly identifier?: number;
  /** How many routes this router was told and not told to forget, in this session. */
  readonly prefixesSent: number;
  /** How often a session was Established. */
  readonly establishedCount: number;
  readonly bfd?: {
    readonly state: 'AdminDown' | 'Down' | 'Init' | 'Up';
    /** What was agreed upon, once Up: microseconds between packets to the router, and until its silence is its end. */
    readonly interval?: number;
    readonly detection?: number;
  };
  readonly lastClose?: Omit<Close, 'at'> & { /** Milliseconds since the epoch. */ readonly at: number };
  /** Why there is no session, or not the one that was asked for. */
  readonly problem?: Problem;
}

/** What is wrong: a reason in CamelCase, and a sentence with the remedy. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

export type RoutingEvent =
  /** The first: the thread listens for commands, and is woken by that descriptor. */
  | { readonly type: 'started'; readonly wakeFd: number }
  | { readonly type: 'peer'; readonly report: PeerReport }
  /** A session is no longer configured and has been left. */
  | { readonly type: 'peer-gone'; readonly peer: string }
  /** Whether connections of routers are taken; `problem` says why not, and what to do. Told when it changes. */
  | { readonly type: 'listener'; readonly port: number; readonly problem?: Problem }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: object;
    }
  /** Monotonic counters by name, then by the name of the peer, `` where it is none of ours; once a second at most, when some have changed. */
  | { readonly type: 'counters'; readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>> }
  | { readonly type: 'left' };
