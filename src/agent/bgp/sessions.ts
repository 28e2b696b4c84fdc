/**
 * What the thread of routing protocols has said of its sessions, and what the log has of that: a record with functions beside it. A thread
 * that is gone leaves only what it counted.
 */
import type { Logger } from '../../platform/observability/log.js';
import type { PeerReport, RoutingEvent } from '../engine/routing/contract.js';
import { unread } from './passwords.js';
import type { Plan } from './plan.js';
import type { PeerProblem } from './problem.js';
import { type BgpCounters, summedCounters } from './summed-counters.js';
import { type PeerView, peerViews } from './views.js';

export interface Sessions {
  readonly log: Logger;
  /** By the name of the BgpPeer. */
  readonly reports: Map<string, PeerReport>;
  /** Why no connections of routers are taken. */
  listener: PeerProblem | undefined;
  /** Of threads that are gone, and of the one that runs. */
  counted: { readonly before: BgpCounters; readonly now: BgpCounters };
  /** The problems that the log has, by the name of the BgpPeer. */
  readonly told: Map<string, string>;
}

export function newSessions(log: Logger): Sessions {
  return { log, reports: new Map(), listener: undefined, counted: { before: {}, now: {} }, told: new Map() };
}

/** Takes in what the thread says. Returns whether sessions may stand otherwise than before. */
export function hearOf(sessions: Sessions, event: RoutingEvent): boolean {
  switch (event.type) {
    case 'peer':
      sessions.reports.set(event.report.peer, event.report);
      return true;
    case 'peer-gone':
      sessions.reports.delete(event.peer);
      return true;
    case 'listener':
      if (event.problem?.message !== sessions.listener?.message) tellOfListener(sessions, event.problem);
      sessions.listener = event.problem;
      return true;
    case 'log':
      sessions.log[event.level](event.message, event.fields);
      return false;
    case 'counters':
      sessions.counted = { ...sessions.counted, now: event.counters };
      return false;
    default:
      return true;
  }
}

/** The thread is gone, and its sessions with it. */
export function forgetThread(sessions: Sessions): void {
  sessions.reports.clear();
  sessions.listener = undefined;
  sessions.counted = { before: countersOf(sessions), now: {} };
}

/** Since the agent's start. */
export function countersOf({ counted }: Sessions): BgpCounters {
  return summedCounters(counted.before, counted.now);
}

export function viewsOf({ reports, listener }: Sessions, plan: Plan | undefined): readonly PeerView[] {
  return peerViews(plan, reports, listener);
}

/** Once for each problem, and when it is over. */
export function tellOfProblems(sessions: Sessions, plan: Plan | undefined): void {
  const { told, log } = sessions;
  const views = viewsOf(sessions, plan);
  for (const { name, problem } of views) {
    const before = told.get(name);
    if (problem === undefined) {
      if (told.delete(name)) log.info('nothing is wrong with a BGP session any more', { peer: name });
    } else if (before !== problem.message && problem.reason !== unread) {
      told.set(name, problem.message);
      log.warn('BGP session not as it should be', {
        peer: name,
        reason: problem.reason,
        explanation: problem.message,
      });
    }
  }
  const names = new Set(views.map(({ name }) => name));
  for (const name of told.keys()) if (!names.has(name)) told.delete(name);
}

function tellOfListener({ log }: Sessions, problem: PeerProblem | undefined): void {
  if (problem === undefined) log.info('connections of routers are taken again', {});
  else log.warn('connections of routers are not taken', { reason: problem.reason, explanation: problem.message });
}
