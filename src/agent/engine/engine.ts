/**
 * The engine: the groups of this node, driven turn by turn. Whoever runs it waits until `deadline()` or until a descriptor is ready, then
 * takes the next turn; so adverts and frames get their turn between two batches of other work.
 */
import { type Micros, never } from '../../core/time.js';
import { newHeardFrame } from './answering/heard-frame.js';
import type { Bfd } from './bfd/sessions.js';
import { configure, shutdown } from './commands.js';
import type { Member } from './election/member.js';
import { noSilences } from './election/silences.js';
import { hearNeighbors } from './hear-neighbors.js';
import type { Kernel } from './kernel.js';
import { hearKernel, readAll } from './kernel-events.js';
import { noLateness } from './lateness.js';
import type { EngineEvent, EngineReport, GroupColumns, GroupConfig, OwnFigures, ReportedMembers } from './messages.js';
import { createParts } from './parts.js';
import { perform, receiveAdverts } from './perform.js';
import { figuresOf, groupFiguresOf, postReports, reportOf } from './reports.js';
import { type EngineState, newCounts } from './state.js';
import { fence, routersDueAt, runTimers } from './timers.js';

export interface Engine {
  /** Takes in groups that are new or changed, and releases others. The first call also removes an earlier life's leftovers. */
  configure(set: readonly GroupConfig[], release: readonly string[]): void;
  /** Releases every group; `released` is posted at the end. */
  shutdown(immediate: boolean): void;
  /** @param members default all */
  report(members?: ReportedMembers): EngineReport;
  figures(): OwnFigures;
  /** Of some groups. @param from how many were told of before */
  groupFigures(from: number): GroupColumns;
  readonly bfd: Bfd;
  /** @param isTimeAlone nothing has come in and nobody has asked for anything since `deadline()`: what is due is due by the clock */
  turn(isTimeAlone?: boolean): void;
  /** When the next turn is due at the latest. */
  deadline(): Micros;
}

/** What a turn does, in order. With fast detection most turns are for liveness alone, and then they do nothing else. */
function turn(e: EngineState, isTimeAlone: boolean): void {
  const { kernel, parts } = e;
  const now = kernel.now();
  e.othersAreKnown = isTimeAlone && now < e.othersDueAt && !hearLiveness(e, now);
  if (e.othersAreKnown) return;
  fence(e, now);
  hearKernel(e, now);
  receiveAdverts(e);
  parts.bfd.work();
  hearLiveness(e, kernel.now());
  runTimers(e, Math.min(now, e.busySince));
  e.busySince = never;
  hearNeighbors(e);
  for (const part of parts.working) {
    const then = kernel.now();
    perform(e, part.work(then), then);
  }
  parts.virtualMacs.work(parts.onNic.removing());
  postReports(e);
}

/** Returns whether anything followed from it. */
function hearLiveness(e: EngineState, now: Micros): boolean {
  const effects = e.parts.liveness.work(now);
  perform(e, effects, now);
  return effects.length > 0;
}

function deadline(e: EngineState): Micros {
  if (!e.othersAreKnown) e.othersDueAt = othersDueAt(e);
  e.othersAreKnown = false;
  return Math.min(e.othersDueAt, e.parts.liveness.deadline());
}

/** When something else than liveness is due. */
function othersDueAt(e: EngineState): Micros {
  const { kernelSpoke, networkChanged, parts, placeRetryAt, readAllAt, reported } = e;
  if (kernelSpoke || networkChanged || reported.size > 0) return 0;
  for (const nic of parts.nics.all()) if (nic.readable) return 0;
  for (const each of parts.neighborSockets.all()) if (each.readable) return 0;
  let at = Math.min(parts.virtualMacs.deadline(), parts.bfd.deadline(), placeRetryAt, readAllAt, routersDueAt(e));
  for (const part of parts.working) at = Math.min(at, part.deadline());
  return at;
}

export function createEngine(kernel: Kernel, post: (event: EngineEvent) => void): Engine {
  const shared = { kernel, post, counts: newCounts(), members: new Map<string, Member>() };
  const e: EngineState = {
    ...shared,
    parts: createParts(shared),
    neighborFrame: newHeardFrame(),
    reported: new Set(),
    routersDueAt: never,
    routersMoved: false,
    networkChanged: true,
    kernelSpoke: true,
    placeRetryAt: never,
    readAllAt: never,
    started: false,
    closing: false,
    lateness: noLateness(),
    silences: noSilences(),
    busySince: never,
    othersDueAt: 0,
    othersAreKnown: false,
  };
  kernel.poller.add(kernel.events.fd, () => {
    e.kernelSpoke = true;
  });
  readAll(e, kernel.now());
  return {
    configure: (set, releases) => configure(e, set, releases),
    shutdown: (immediate) => shutdown(e, immediate),
    report: (members = 'all') => reportOf(e, members),
    figures: () => figuresOf(e),
    groupFigures: (from) => groupFiguresOf(e, from),
    bfd: e.parts.bfd,
    turn: (isTimeAlone = false) => turn(e, isTimeAlone),
    deadline: () => deadline(e),
  };
}
