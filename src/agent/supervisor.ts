/**
 * Takes the errors that nobody foresaw on the agent's main thread, so that they end neither it nor the engine: each is a line of the log, a
 * count, and a note of the agent's health. What failed is as it was before, or fails in the way that its place has for that (a check
 * fails, a report is missing).
 *
 * The engine's own errors are not taken: what it holds would not be known any more. It ends, and the kernel ends its leases.
 */
import { describeError, type Logger } from '../platform/observability/log.js';

/** Where something went wrong. */
export const places = [
  'uncaught',
  'check',
  'group',
  'engine event',
  'signal',
  'surroundings',
  'bgp',
  'connections',
] as const;
export type Place = (typeof places)[number];

export interface Supervisor {
  /** Does something of which an error ends nothing; undefined when there was one. */
  attempt<T>(place: Place, act: () => T): T | undefined;
  /** Takes an error. */
  failed(place: Place, error: unknown): void;
  /** How many there were in each place. */
  counts(): ReadonlyMap<Place, number>;
  /** What went wrong last, for some time after it. */
  problem(): string | undefined;
}

/** The same error is written again after this long, with how often it came. */
const againAfterMs = 60_000;
/** How long the last error is part of the agent's health. */
const notedForMs = 600_000;
/** Errors that are told apart: texts may hold what others wrote. Beyond them they are one kind. */
const mostKinds = 64;

/** @param nowMs a monotonic clock, in milliseconds */
export function createSupervisor(log: Pick<Logger, 'error'>, nowMs: () => number): Supervisor {
  const counts = new Map<Place, number>();
  const kinds = new Map<string, { writtenAt: number; since: number }>();
  let last: { readonly at: number; readonly text: string } | undefined;

  function kindOf(text: string): { writtenAt: number; since: number } {
    if (!kinds.has(text) && kinds.size >= mostKinds)
      for (const [key, { writtenAt }] of kinds) if (nowMs() - writtenAt >= againAfterMs) kinds.delete(key);
    const key = kinds.has(text) || kinds.size < mostKinds ? text : 'others';
    const kind = kinds.get(key) ?? { writtenAt: Number.NEGATIVE_INFINITY, since: 0 };
    kinds.set(key, kind);
    return kind;
  }

  function failed(place: Place, error: unknown): void {
    counts.set(place, (counts.get(place) ?? 0) + 1);
    const reason = describeError(error);
    const text = `${place}: ${reason}`;
    last = { at: nowMs(), text };
    const kind = kindOf(text);
    kind.since++;
    if (nowMs() - kind.writtenAt < againAfterMs) return;
    const stack = error instanceof Error ? error.stack : undefined;
    log.error('internal error: the agent goes on', { place, reason, times: kind.since, stack });
    kind.writtenAt = nowMs();
    kind.since = 0;
  }

  return {
    failed,
    attempt(place, act) {
      try {
        return act();
      } catch (error) {
        failed(place, error);
        return undefined;
      }
    },
    counts: () => counts,
    problem: () =>
      last === undefined || nowMs() - last.at >= notedForMs
        ? undefined
        : `internal error, which is a defect of this program (the log has more): ${last.text}`,
  };
}

/** Gives it what nothing else on this thread caught. Returns what ends that. */
export function superviseProcess(supervisor: Supervisor): () => void {
  const take = (error: unknown) => supervisor.failed('uncaught', error);
  process.on('uncaughtException', take).on('unhandledRejection', take);
  return () => void process.off('uncaughtException', take).off('unhandledRejection', take);
}
