/** What the engine is made of and what it remembers from one turn to the next: one record, which the functions beside it work on. */
import type { Micros } from '../../core/time.js';
import type { Announcements } from './answering/announcements.js';
import type { AnswerModes } from './answering/answer-mode.js';
import type { HeardFrame } from './answering/heard-frame.js';
import type { NeighborSockets } from './answering/neighbor-sockets.js';
import type { OnNic } from './answering/on-nic.js';
import type { Responder } from './answering/responder.js';
import type { VirtualMacs } from './answering/virtual-macs.js';
import type { Bfd } from './bfd/sessions.js';
import type { AddressConflicts } from './conflicts/address-conflicts.js';
import type { NodeAddresses } from './conflicts/node-addresses.js';
import type { Effect } from './effects.js';
import type { Bindings } from './election/binding.js';
import type { Member } from './election/member.js';
import type { Nics } from './election/nics.js';
import type { Receiver } from './election/receive.js';
import type { Refusals } from './election/refusals.js';
import type { Silences } from './election/silences.js';
import type { Transmitter } from './election/transmit.js';
import type { Inventory } from './inventory.js';
import type { Kernel } from './kernel.js';
import type { Lateness } from './lateness.js';
import type { Liveness } from './liveness/liveness.js';
import type { EngineEvent } from './messages.js';

/** A part that has something to do in every turn. */
export interface WorkingPart {
  /** Does what is due, up to a bound, and returns what it wants of others. */
  work(now: Micros): readonly Effect[];
  /** When to call `work` next at the latest. */
  deadline(): Micros;
}

/** The parts, each with a state of its own. */
export interface Parts {
  /** Those that work in every turn, in this order. */
  readonly working: readonly WorkingPart[];
  readonly inventory: Inventory;
  readonly nics: Nics;
  readonly virtualMacs: VirtualMacs;
  readonly neighborSockets: NeighborSockets;
  readonly announcements: Announcements;
  readonly transmitter: Transmitter;
  readonly onNic: OnNic;
  readonly responder: Responder;
  readonly answerModes: AnswerModes;
  readonly refusals: Refusals;
  readonly bindings: Bindings;
  readonly nodeAddresses: NodeAddresses;
  readonly conflicts: AddressConflicts;
  readonly receiver: Receiver;
  readonly bfd: Bfd;
  readonly liveness: Liveness;
}

/** What was counted since the start, by name or reason. */
export interface Counts {
  readonly counters: Map<string, number>;
  /** Adverts that were refused. */
  readonly drops: Map<string, number>;
  /** ARP and ND messages that were refused. */
  readonly neighborDrops: Map<string, number>;
  /** Datagrams of BFD that were refused. */
  readonly bfdDrops: Map<string, number>;
}

export interface EngineState {
  readonly kernel: Kernel;
  readonly post: (event: EngineEvent) => void;
  readonly counts: Counts;
  /** By the group's name. */
  readonly members: Map<string, Member>;
  readonly parts: Parts;
  /** Where a frame of ARP or neighbour discovery is read to. */
  readonly neighborFrame: HeardFrame;
  /** Groups whose report changed in this turn. */
  readonly reported: Set<string>;
  /** Links, addresses or routes are not as they were when NICs were last chosen. */
  networkChanged: boolean;
  /** No router is due before: most turns need not ask each of them. Where some moved since it was worked out, it may be too early. */
  routersDueAt: Micros;
  routersMoved: boolean;
  /** rtnetlink has something to say. */
  kernelSpoke: boolean;
  /** When groups without a NIC look for one, whatever rtnetlink says. */
  placeRetryAt: Micros;
  /** When everything that rtnetlink tells of is to be read anew. */
  readAllAt: Micros;
  /** The first configuration has come. */
  started: boolean;
  /** Every group is being released, for good. */
  closing: boolean;
  lateness: Lateness;
  silences: Silences;
  /** When work that somebody asked for began, if frames were not read since then; else `never`. */
  busySince: Micros;
  /** When something else than liveness was due, as of the last `deadline()`; and whether that is so still. */
  othersDueAt: Micros;
  othersAreKnown: boolean;
}

export function newCounts(): Counts {
  return { counters: new Map(), drops: new Map(), neighborDrops: new Map(), bfdDrops: new Map() };
}

export function count({ counters }: Counts, name: string, by = 1): void {
  counters.set(name, (counters.get(name) ?? 0) + by);
}
