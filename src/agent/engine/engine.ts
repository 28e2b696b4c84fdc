/**
 * The engine: the groups of this node, driven turn by turn. Whoever runs it waits until `deadline()` or until a descriptor is ready, then
 * takes the next turn; so adverts and frames get their turn between two batches of other work.
 */
import { type Micros, never } from '../../core/time.js';
import type { Bfd } from './bfd/sessions.js';
import { hearNeighbors } from './hear-neighbors.js';
import type { Kernel } from './kernel.js';
import { hearKernel, readAll } from './kernel-news.js';
import { noLateness } from './lateness.js';
import { configure, finish, shutdown } from './lifecycle.js';
import type { EngineEvent, EngineReport, GroupConfig } from './messages.js';
import { createParts } from './parts.js';
import { postReports, reportAll } from './reports.js';
import type { EngineState } from './state.js';
import { fence, receiveAdverts, runTimers } from './timers.js';

export interface Engine {
  /** Takes in groups that are new or changed, and releases others. The first call also removes an earlier life's leftovers. */
  configure(set: readonly GroupConfig[], release: readonly string[]): void;
  /** Releases every group; `released` is posted at the end. */
  shutdown(immediate: boolean): void;
  report(): EngineReport;
  readonly bfd: Bfd;
  turn(): void;
  /** When the next turn is due at the latest. */
  deadline(): Micros;
}

/** What a turn does, in order. */
function turn(e: EngineState): void {
  const { kernel, parts } = e;
  const now = kernel.now();
  fence(e, now);
  hearKernel(e, now);
  receiveAdverts(e);
  parts.bfd.work();
  parts.liveness.work(kernel.now());
  runTimers(e, Math.min(now, e.busySince));
  e.busySince = never;
  hearNeighbors(e);
  parts.conflicts.work(kernel.now());
  parts.answerModes.work(kernel.now());
  parts.refusals.work(kernel.now());
  parts.nextHops.work(kernel.now());
  parts.announcements.work(kernel.now(), e.announce);
  parts.virtualMacs.work(parts.onNic.removing());
  postReports(e);
}

function deadline({
  kernelSpoke,
  members,
  networkChanged,
  parts,
  placeRetryAt,
  readAllAt,
  reported,
}: EngineState): Micros {
  const { announcements, answerModes, bfd, conflicts, liveness, neighborSockets, nextHops, nics, virtualMacs } = parts;
  if (kernelSpoke || networkChanged || reported.size > 0) return 0;
  for (const nic of nics.all()) if (nic.readable) return 0;
  for (const each of neighborSockets.all()) if (each.readable) return 0;
  const later = Math.min(nextHops.deadline(), virtualMacs.deadline(), placeRetryAt, readAllAt);
  let at = Math.min(
    answerModes.deadline(),
    announcements.deadline(),
    conflicts.deadline(),
    bfd.deadline(),
    liveness.deadline(),
    later,
  );
  for (const { phase } of members.values())
    if (phase.binding !== undefined) at = Math.min(at, phase.binding.router.deadline);
  return at;
}

export function createEngine(kernel: Kernel, post: (event: EngineEvent) => void): Engine {
  const bare: Omit<EngineState, 'parts'> = {
    kernel,
    post,
    counts: { counters: new Map(), drops: new Map(), neighborDrops: new Map(), bfdDrops: new Map() },
    members: new Map(),
    neighborFrame: new Uint8Array(2048),
    reported: new Set(),
    announce: (group, addresses) => e.parts.transmitter.announce(e.members.get(group), addresses),
    released: (member) => finish(e, member),
    networkChanged: true,
    kernelSpoke: true,
    placeRetryAt: never,
    readAllAt: never,
    started: false,
    closing: false,
    lateness: noLateness(),
    busySince: never,
  };
  const e: EngineState = Object.assign(bare, { parts: createParts(bare, () => e) });
  kernel.poller.add(kernel.events.fd, () => {
    e.kernelSpoke = true;
  });
  readAll(e, kernel.now());
  return {
    configure: (set, releases) => configure(e, set, releases),
    shutdown: (immediate) => shutdown(e, immediate),
    report: () => reportAll(e),
    bfd: e.parts.bfd,
    turn: () => turn(e),
    deadline: () => deadline(e),
  };
}
