import type { Family } from '../ip/address.js';
import type { Micros } from '../time.js';
import type { ErrorReason } from '../wire/bgp/error-codes.js';
import type { Framing } from '../wire/bgp/framing.js';
import type { Open } from '../wire/bgp/open.js';
import type { Prefix } from '../wire/bgp/prefix.js';
import type { AttributeFault } from '../wire/bgp/update.js';
import type { RouteTable } from './route-table.js';
import type { AdjRibOut } from './routes.js';

/** The states of RFC 4271 section 8.2.2, of a peer: that of its connection which has come farthest. */
export type State = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established';

/** What an operator chose for one peer on one node. */
export interface PeerConfig {
  /** 1..4294967295. */
  readonly localAs: number;
  /** BGP Identifier: unsigned, 32 bits, not 0; unlike that of any other speaker of the AS. */
  readonly identifier: number;
  /** The AS that the peer must be of; `external` is any but ours, `internal` ours. */
  readonly peerAs: number | 'external' | 'internal';
  /** Whether to wait for the peer's connections only. */
  readonly passive: boolean;
  /** The longest pause between attempts, to which pauses grow with failures in a row: a second or more. */
  readonly longestBackOff: Micros;
  /** The Hold Time that is proposed, in seconds: 0 for none, or 3..65535. A third of it is the time between KEEPALIVEs. */
  readonly holdTime: number;
  /** Whose unicast routes may be exchanged; at least one. */
  readonly families: readonly Family[];
  /** Whether IPv4 routes may have an IPv6 next hop, where the peer knows how (RFC 8950). */
  readonly extendedNextHop: boolean;
  /** Next hops, where it is not to be our own address of the session: as of `Reach`. */
  readonly nextHops?: { readonly [Of in Family]?: Uint8Array };
  /** Absent: the peer is not asked to keep our routes over a restart. */
  readonly gracefulRestart?: GracefulRestart;
  /** For how long after Established the End-of-RIB waits until the routes are complete. */
  readonly endOfRibWithin: Micros;
  /** For how long announcements are gathered before they are sent; withdrawals are sent at once. */
  readonly gatherFor: Micros;
}

/** What the peer is told of a restart of this process (RFC 4724 4.1). */
export interface GracefulRestart {
  /** For how long the peer is to keep our routes, in seconds: 1..4095. */
  readonly restartTime: number;
  /** Whether this process took over from one that ran before. */
  readonly restarted: boolean;
  /** Whether the kernel forwarded all the time since then. */
  readonly forwarding: boolean;
}

/** How a session is left for good. */
export type Leave =
  /** The peer forgets our routes, and is told why. */
  | { readonly how: 'shutdown'; readonly text: string }
  /** The peer is no longer configured. */
  | { readonly how: 'deconfigured' }
  /** The session begins anew with another configuration. */
  | { readonly how: 'reconfigured' }
  /** This process goes to be started again: without a word, so that the peer keeps our routes meanwhile. */
  | { readonly how: 'restart' };

export type Input =
  /** Take part. Ignored unless new or stopped. */
  | { readonly type: 'start' }
  | ({ readonly type: 'stop' } & Leave)
  /**
   * Leave so that no packet is lost: routes are marked as about to go (RFC 8326), withdrawn after `wait`, and then the peer
   * is told `text`. Ends with 'released'.
   */
  | { readonly type: 'drain'; readonly text: string; readonly wait: Micros }
  /** An administrator wants the session to begin anew. */
  | { readonly type: 'reset'; readonly text: string }
  /** The peer cannot be reached any more, as BFD has it (RFC 9384). Ignored unless Established: BFD comes up after BGP. */
  | { readonly type: 'bfd-down' }
  /** A link or address came up: what waits for its next attempt makes it now. */
  | { readonly type: 'retry' }
  /** A deadline may have passed. To be given after all octets that wait in sockets: a silence is judged by them. */
  | { readonly type: 'time' }
  /** The connection that 'connect' asked for stands. */
  | ({ readonly type: 'connected'; readonly connection: number } & OwnEnd)
  /** The peer, whose address the driver knows it by, has connected. The answer is 'accept' or 'refuse'. */
  | ({ readonly type: 'accepted' } & OwnEnd)
  /** Our address of the other family beside that of the Established session is another now: 4 or 16 bytes. */
  | { readonly type: 'beside'; readonly address: Uint8Array }
  /** Octets came. The array may be used again afterwards. */
  | { readonly type: 'received'; readonly connection: number; readonly octets: Uint8Array }
  /** TCP took octets that were to be sent; `left` of them still wait. */
  | { readonly type: 'sent'; readonly connection: number; readonly left: number }
  /** A connection has ended, or could not be made; `error` says why, and is absent when the peer closed it. */
  | { readonly type: 'closed'; readonly connection: number; readonly error?: string }
  /** All routes that are wanted, and whether all sources of routes have been heard. Costs what is not as it was in the table before. */
  | { readonly type: 'routes'; readonly routes: RouteTable; readonly complete: boolean };

/** Our addresses of a connection. */
export interface OwnEnd {
  /** 4 or 16 bytes. */
  readonly localAddress: Uint8Array;
  /** That of the other family on the same NIC, where there is one: the next hop of routes that `localAddress` cannot be that of. */
  readonly beside?: Uint8Array;
}

/** What the driver must do, in the order given. Connections are known by a number that is not used again. */
export type Output =
  /** Connect to the peer. The answer is 'connected' or 'closed'. */
  | { readonly type: 'connect'; readonly connection: number }
  /** The connection of this 'accepted' is taken, and has this number. */
  | { readonly type: 'accept'; readonly connection: number }
  /** It is not: close it. */
  | { readonly type: 'refuse' }
  | { readonly type: 'send'; readonly connection: number; readonly octets: Uint8Array }
  /**
   * Close a connection, or stop making it: once what was sent has left, which a peer that takes nothing must not hold up for long,
   * or at once. No 'closed' is wanted.
   */
  | { readonly type: 'close'; readonly connection: number; readonly abort: boolean }
  /** For the record. */
  | { readonly type: 'transition'; readonly from: State; readonly to: State }
  | { readonly type: 'report'; readonly report: Report }
  /** The session is left: nothing comes out any more unless it is started again. */
  | { readonly type: 'released' };

/** What people or counters are told; nothing depends on it. */
export type Report =
  | { readonly kind: 'established'; readonly connection: number; readonly negotiated: Negotiated }
  | { readonly kind: 'closed'; readonly close: Close }
  /** An UPDATE had faults that do not end the session: the routes that are in it, and its octets, for whoever looks for them (RFC 7606 6). */
  | {
      readonly kind: 'faulty-update';
      readonly faults: readonly AttributeFault[];
      readonly prefixes: readonly Prefix[];
      readonly octets: Uint8Array;
    }
  /** An UPDATE ends the session: its octets. */
  | { readonly kind: 'refused-update'; readonly octets: Uint8Array }
  /** The End-of-RIB was sent; `complete` is false when the wait for all routes was too long. */
  | { readonly kind: 'end-of-rib-sent'; readonly complete: boolean }
  /** The peer does not take a capability, by number: it is left out from now on. */
  | { readonly kind: 'capabilities-withheld'; readonly codes: readonly number[] };

/** How a connection ended. */
export interface Close {
  /** Who ended it: we, or the peer, with a NOTIFICATION; or it was lost without one. */
  readonly direction: 'sent' | 'received' | 'lost';
  /** The name; undefined for a NOTIFICATION that has none here. */
  readonly reason: ErrorReason | 'connect-failed' | 'connection-lost' | 'replaced' | undefined;
  /** Code and subcode of a NOTIFICATION; of a hard reset those within. */
  readonly code?: number;
  readonly subcode?: number;
  /** What the peer's administrator, or the system, had to say. */
  readonly text?: string;
  readonly at: Micros;
  /** The state in which it ended. */
  readonly in: State;
}

/** What both OPENs have in common. */
export interface Negotiated {
  readonly peerAs: number;
  /** Whether the peer is of another AS. */
  readonly external: boolean;
  /** Seconds; 0 for no limit. */
  readonly holdTime: number;
  readonly families: readonly Family[];
  readonly fourOctetAs: boolean;
  /** Whether the peer takes IPv4 routes with an IPv6 next hop. */
  readonly extendedNextHop: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** Whether the peer keeps routes of ours while we restart: it knows how, and was told that we may (RFC 4724 4.2). */
  readonly gracefulRestart: boolean;
}

/** One TCP connection with the peer, being made or made. */
export interface Connection {
  readonly number: number;
  readonly direction: 'outgoing' | 'incoming';
  readonly phase: 'Connect' | 'OpenSent' | 'OpenConfirm' | 'Established';
  /** Our end: 4 or 16 bytes; empty while it is being made. */
  readonly localAddress: Uint8Array;
  readonly beside?: Uint8Array;
  readonly framing: Framing;
  /** HoldTimer, KeepaliveTimer (RFC 4271 8), SendHoldTimer (RFC 9687). */
  readonly holdAt: Micros;
  readonly keepaliveAt: Micros;
  readonly sendHoldAt: Micros;
  /** Octets that TCP has not taken. */
  readonly queued: number;
  /** Since OpenSent: what we said. */
  readonly ownOpen?: Open;
  /** Since OpenConfirm. */
  readonly peerOpen?: Open;
  readonly negotiated?: Negotiated;
  /** While Established. */
  readonly establishedAt?: Micros;
  readonly ribOut?: AdjRibOut;
}

/** A session on its way out. */
export interface Draining {
  readonly stage: 'graceful-shutdown' | 'withdrawn';
  readonly text: string;
  /** When the stage ends at the latest. */
  readonly until: Micros;
}

/** The session with one peer. Plain, immutable data. All instants are of the driver's monotonic clock. */
export interface Session {
  readonly config: PeerConfig;
  readonly life: 'new' | 'running' | 'stopped';
  readonly state: State;
  /** When to call `step` with 'time'; `never` when only other inputs matter. */
  readonly deadline: Micros;
  /** At most two: one that came in, beside one that we make or made, or one that is Established. */
  readonly connections: readonly Connection[];
  /** The number of the next connection. */
  readonly nextConnection: number;
  /** ConnectRetryTimer; in Idle the IdleHoldTimer. */
  readonly retryAt: Micros;
  /** Whether Idle is kept until `retryAt`: the peer is refused, too. */
  readonly held: boolean;
  /** ConnectRetryCounter: failures since a session lasted. */
  readonly failures: number;
  /** Whether this process was ever Established with the peer. */
  readonly wasEstablished: boolean;
  /** Numbers of capabilities that the peer does not take. */
  readonly withheld: readonly number[];
  readonly wanted: RouteTable;
  readonly complete: boolean;
  readonly draining: Draining | undefined;
  readonly lastClose: Close | undefined;
}

/** What one step gives: the next session, and the outputs to perform in order. */
export interface Step {
  readonly session: Session;
  readonly outputs: readonly Output[];
}
