/**
 * What a user of BFD and the engine, on whose thread sessions run, say to each other. Everything here survives structured cloning.
 *
 * A user is one end of a `MessageChannel`; `client.ts` is its side, also from another thread. Users do not know of each other: what two of
 * them want of the same path is one session with the faster of the two timings.
 */
import type { Meaning } from '../../../core/bfd/client.js';
import type { Timing, TransitionReason } from '../../../core/bfd/contract.js';
import type { Checkpoint } from '../../../core/bfd/restart.js';
import type { Micros } from '../../../core/time.js';
import type { BfdState } from '../../../core/wire/bfd.js';

/**
 * How far a neighbour is: on the same link (RFC 5881), any number of hops away (RFC 5883), or on the link unless the route to it has a
 * gateway.
 */
export type BfdHops = 'one' | 'many' | 'as-routed';

/** A way to a neighbour. */
export interface BfdPath {
  /** The neighbour's address, 4 or 16 bytes. */
  readonly remote: Uint8Array;
  /** Ours, of the same family; absent: what the kernel takes for that neighbour. */
  readonly local?: Uint8Array;
  /** The NIC's name; absent: the one that the route to the neighbour leaves by. A link-local neighbour needs it. Over many hops without effect. */
  readonly interface?: string;
  /** `one` when absent. */
  readonly hops?: BfdHops;
  /** Over many hops: the least TTL or hop limit that the neighbour's packets must arrive with; 1 when absent. */
  readonly leastHopLimit?: number;
}

/** A session that a user wants to have. */
export interface BfdRequest {
  /** The user's own name for it. */
  readonly name: string;
  readonly path: BfdPath;
  /** For which `timingFaults` finds nothing. */
  readonly timing: Timing;
  /** What an earlier life of the program left, for which `checkpointFault` finds nothing; heeded when the session is made. */
  readonly checkpoint?: Checkpoint;
}

export type BfdCommand =
  /** Have this session. One of the same name goes on: with another timing by a poll sequence, with another path as a new one. */
  | { readonly type: 'configure'; readonly request: BfdRequest }
  /** It is wanted no more: the neighbour is told that it is switched off, which says nothing about the path. */
  | { readonly type: 'remove'; readonly name: string }
  /**
   * This process goes to be started again, and may be silent for so long. Each session of this user is answered by 'restart-ready': when its
   * neighbour has agreed, or at once when there is nothing to agree on. Until the process ends the sessions go on.
   */
  | { readonly type: 'prepare-restart'; readonly silence: Micros }
  /** This user is gone: as 'remove' for each of its sessions. */
  | { readonly type: 'close' }
  /** Whether 'unasked' is told even while there is no session. */
  | { readonly type: 'listen'; readonly wanted: boolean };

export type BfdEvent =
  | {
      readonly type: 'transition';
      readonly name: string;
      readonly from: BfdState;
      readonly to: BfdState;
      readonly reason: TransitionReason;
      /** What the user should make of it; undefined: nothing. */
      readonly meaning: Meaning | undefined;
      /** What we tell the neighbour of it, and what it last told us of its own last change: 0..31 (RFC 5880 4.1). */
      readonly diagnostic: number;
      readonly neighborDiagnostic: number;
    }
  /** What is in force in a session that is Up: told at its beginning and at each change. */
  | {
      readonly type: 'agreed';
      readonly name: string;
      /** Between our packets, without jitter. */
      readonly interval: Micros;
      /** After how long a silence of the neighbour the session is Down here, and after how long a silence of ours it is there. */
      readonly detection: Micros;
      readonly neighborDetection: Micros;
    }
  /** The answer to 'prepare-restart'. Without a checkpoint there is no session to go on with: it is not Up, or no interval is that long. */
  | { readonly type: 'restart-ready'; readonly name: string; readonly checkpoint: Checkpoint | undefined }
  /** Why a session is not run at present, with the remedy; undefined: it is run again. It is tried again without being asked. */
  | {
      readonly type: 'problem';
      readonly name: string;
      readonly problem: { readonly reason: BfdProblem; readonly message: string } | undefined;
    }
  /** A host on the link wants a session that nobody here has asked for; of each host once a minute at most. */
  | { readonly type: 'unasked'; readonly source: Uint8Array; readonly interface: string };

/**
 * - `NoInterface`: there is no such NIC, or the neighbour is not on a link of this node.
 * - `NoRoute`: there is no way to a neighbour that may be many hops away.
 * - `NoAddress`: the NIC does not have the local address, or none of the neighbour's family.
 * - `Refused`: the kernel refuses a socket.
 */
export type BfdProblem = 'NoInterface' | 'NoRoute' | 'NoAddress' | 'Refused';
