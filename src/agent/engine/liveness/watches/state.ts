/** Who is watched, and how: records, which the functions beside them work on. */
import type { Demand } from '../../../../core/liveness/demand.js';
import type { Watch } from '../../../../core/liveness/watch.js';
import type { Micros } from '../../../../core/time.js';
import type { DatagramReader } from '../../datagram-reader.js';
import type { Member } from '../../election/member.js';
import type { Kernel } from '../../kernel.js';

export interface Watched {
  readonly key: string;
  readonly source: Uint8Array;
  readonly nic: { readonly index: number; readonly name: string };
  readonly local: Uint8Array;
  readonly asker: { readonly myDiscriminator: number; readonly reflector: number };
  readonly question: Uint8Array;
  readonly members: Set<Member>;
  readonly demand: Demand;
  watch: Watch;
  /** Undefined while the kernel refuses it. */
  reader: DatagramReader | undefined;
  openAt: Micros;
  /** When it is looked at next who follows still. */
  pruneAt: Micros;
  /** Its last answer: one of the same octets needs no decoding. */
  lastAnswer: { readonly octets: Uint8Array; readonly unasked: boolean };
}

export interface WatchesState {
  readonly kernel: Pick<Kernel, 'now' | 'poller' | 'openDatagramSocket'>;
  /** 0 to below 1; not to be guessed. */
  readonly random: () => number;
  readonly count: (name: string) => void;
  readonly drop: (reason: string) => void;
  /** A leader is silent, and is being asked. @param nic by index @param source where its adverts came from */
  readonly doubts: (nic: number, source: Uint8Array) => void;
  /** By `watchKey`. */
  readonly all: Map<string, Watched>;
  /** Of the leader that each group's adverts came from last. */
  readonly watchOf: WeakMap<Member, Watched>;
}

export function newWatchesState(o: Omit<WatchesState, 'all' | 'watchOf'>): WatchesState {
  return { ...o, all: new Map(), watchOf: new WeakMap() };
}
