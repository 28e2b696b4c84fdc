/** What the engine's BFD remembers from one turn to the next: records, which the functions beside it work on. */
import type { Session } from '../../../core/bfd/session.js';
import type { Micros } from '../../../core/time.js';
import type { DatagramReader } from '../datagram-reader.js';
import type { Inventory } from '../inventory.js';
import type { Kernel } from '../kernel.js';
import type { BfdEvent, BfdProblem, BfdRequest } from './contract.js';
import type { PlacedPath } from './path.js';
import type { SessionSockets } from './sockets.js';

/** Somebody who wants sessions. */
export interface BfdUser {
  readonly tell: (event: BfdEvent) => void;
  /** By name. */
  readonly wants: Map<string, Want>;
  listens: boolean;
}

/** What a user wants, and what it gets. */
export interface Want {
  readonly user: BfdUser;
  request: BfdRequest;
  /** Undefined while the path has no place. */
  running: Running | undefined;
  /** What was last told of that. */
  problem: BfdProblem | undefined;
  /** The user waits for 'restart-ready'. */
  awaitsRestart: boolean;
}

/** A session that is run. */
export interface Running {
  readonly key: string;
  readonly path: PlacedPath;
  session: Session;
  /** Undefined while the kernel refuses them. */
  sockets: SessionSockets | undefined;
  readonly wants: Set<Want>;
  /** When to open the sockets anew; `never`: they are as they should be. */
  reopenAt: Micros;
  /** When one that nobody wants any more is forgotten; `never` while somebody does. */
  forgetAt: Micros;
  /** For how long the process may be silent, when it goes to be started again. */
  silence: Micros | undefined;
  /** What was last told to be in force, as text. */
  agreed: string;
}

export interface BfdState {
  readonly kernel: Pick<Kernel, 'now' | 'poller' | 'openDatagramSocket' | 'rtnetlink'>;
  readonly inventory: Pick<Inventory, 'link' | 'linkNamed' | 'addresses'>;
  /** 0 to below 1; not to be guessed. */
  readonly random: () => number;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
  readonly users: Set<BfdUser>;
  /** By `pathKey`. */
  readonly sessions: Map<string, Running>;
  readonly byDiscriminator: Map<number, Running>;
  /** What no session's socket takes. */
  readonly listeners: Map<4 | 6, DatagramReader>;
  /** When to look again which listeners are needed: one could not be opened, or something has changed. */
  listenAt: Micros;
  /** Wants without a place are placed again, and others when the network has changed. */
  placeAt: Micros;
  /** By neighbour, when it was last told that it asks for a session. Bounded. */
  readonly unasked: Map<string, Micros>;
}
