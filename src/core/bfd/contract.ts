import type { Micros } from '../time.js';
import type { BfdState, ControlPacket } from '../wire/bfd.js';

/** How often to send and how long to wait: what an operator chooses, and what a packet says. */
export interface Timing {
  /** The shortest time between our own packets while Up. Whole microseconds; for a configuration see `timingFaults`. */
  readonly desiredMinTx: Micros;
  /** The shortest time between packets of the neighbour that we can take. */
  readonly requiredMinRx: Micros;
  /** After how many of our intervals in silence the neighbour may call the session Down, 1..255. */
  readonly detectMult: number;
}

/** By what packets are told apart; kept over a planned restart, so that the neighbour sees one session. */
export interface Identity {
  /** bfd.LocalDiscr: unique on this host, never 0. */
  readonly localDiscriminator: number;
  /** The UDP port that every packet of the session comes from, 49152..65535 (RFC 5881 4). */
  readonly sourcePort: number;
}

/** Why a state was left. */
export type TransitionReason =
  /** Down to Init, Down or Init to Up: the three-way handshake went on. */
  | 'handshake'
  /** Init or Up to Down: nothing was heard for the detection time. */
  | 'detection-time-expired'
  /** Up to Down: the neighbour says that it is Down. */
  | 'neighbor-down'
  /** Up to Down: the neighbour has begun anew, under another discriminator. It says nothing against the path, which brought this. */
  | 'neighbor-restarted'
  /** Init or Up to Down: the neighbour was switched off by its operator. It says nothing about the path. */
  | 'neighbor-admin-down'
  /** Init or Up to Down: this host knows that the path is gone, as when its link is down. */
  | 'path-down'
  /** Any to AdminDown. */
  | 'admin-down'
  /** AdminDown to Down. */
  | 'admin-up';

export type Input =
  /**
   * A deadline may have passed. Early calls change nothing.
   *
   * `drainedAt`: when the driver last found the socket empty, all that had come in before having been given as 'packet'. A silence is judged
   * only up to then.
   * `random`: 0 to below 1, drawn anew for each call: the jitter of the next packet.
   */
  | { readonly type: 'time'; readonly drainedAt: Micros; readonly random: number }
  /** A packet that `receiveDatagram` gave to this session, and when the kernel took it in, by the driver's clock. */
  | { readonly type: 'packet'; readonly packet: ControlPacket; readonly at: Micros }
  /** Another timing. While Up the neighbour is asked first where it must be (RFC 5880 6.8.3). */
  | { readonly type: 'configure'; readonly config: Timing }
  /**
   * The operator switches the session off, or on again. Before a session is forgotten it is switched off, and stepped for
   * `neighborPatience` more: only so does the neighbour know that the path has not failed (RFC 5880 6.8.16).
   */
  | { readonly type: 'admin-down' }
  | { readonly type: 'admin-up' }
  /** This host knows that the path is gone. The session begins anew by itself. */
  | { readonly type: 'path-down' };

/** What the driver must do, in the order given. */
export type Output =
  /** Send it now, to the neighbour's port 3784, over many hops 4784, with TTL or hop limit 255, before any work that takes long: the neighbour is counting. */
  | { readonly type: 'send'; readonly packet: ControlPacket }
  /** For the session's client and for the record. What it means to the client: `meaningOf`. */
  | {
      readonly type: 'transition';
      readonly from: BfdState;
      readonly to: BfdState;
      readonly reason: TransitionReason;
      /** bfd.LocalDiag, what the neighbour is told. */
      readonly diagnostic: number;
      /** What the neighbour said last about its own last change, 0..31. */
      readonly neighborDiagnostic: number;
    }
  /** The neighbour has confirmed what we advertise: it is in force in both directions. */
  | { readonly type: 'timing-agreed'; readonly timing: Timing }
  /**
   * The detection time has passed, but packets may wait that nobody has read: the step came late by `lateness`. Read the socket until it
   * is empty, give what came, then 'time' once more.
   */
  | { readonly type: 'drain'; readonly lateness: Micros }
  /**
   * The step came so late that packets may have been lost unqueued while nobody was awake: silence proves nothing. The neighbour has one
   * more detection time, once until it is heard again.
   */
  | { readonly type: 'overslept'; readonly lateness: Micros };

/** What is known of the neighbour, by its last packet. `discriminator` 0: nothing. */
export interface Neighbor extends Timing {
  readonly discriminator: number;
  readonly state: BfdState;
  readonly diagnostic: number;
  readonly demand: boolean;
}

/**
 * Where a poll sequence stands (RFC 5880 6.5).
 *
 * - `none`: there is none.
 * - `due`: the next periodic packet is the first with the P bit.
 * - `sent`: packets have it until a Final comes.
 * - `settling`: a Final came. Until a packet without F has come, another might be a second answer to the same poll (6.8.3).
 */
export type Poll = 'none' | 'due' | 'sent' | 'settling';

/** One session. Plain, immutable data: print it, compare it, keep it. All instants are of the driver's monotonic clock. */
export interface Session extends Identity {
  /** What the operator chose. */
  readonly config: Timing;
  readonly state: BfdState;
  /** bfd.LocalDiag: why the state was last changed. */
  readonly diagnostic: number;
  /** Since when the state is what it is. */
  readonly since: Micros;
  /** When to call `step` with 'time'; `never` when only other inputs matter. */
  readonly deadline: Micros;
  /** What our packets say: not before a poll sequence is over what `config` says. */
  readonly advertised: Timing;
  /** What is kept to meanwhile: the more careful of what was agreed and what is asked. */
  readonly inUse: Timing;
  readonly poll: Poll;
  readonly neighbor: Neighbor;
  /** When the kernel took in the neighbour's last packet; `-never` before the first. */
  readonly heardAt: Micros;
  /** When its silence was last excused by our own sleep; `-never` when it was not since it was heard. */
  readonly excusedAt: Micros;
  /** When the last periodic packet went out, and the jitter of the next. */
  readonly sentAt: Micros;
  readonly random: number;
}

/** What one step gives: the next session, and the outputs to perform in order. */
export interface Step {
  readonly session: Session;
  readonly outputs: readonly Output[];
}
