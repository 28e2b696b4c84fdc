import { ApiError, hasStatus } from './api-error.js';
import { createBackoff } from './backoff.js';
import { coreEvents, events as newEvents } from './builtin-resources.js';
import type { ApiClient } from './client.js';
import { type Clock, type Log, pause, systemClock } from './clock.js';
import type { Apis } from './discovery.js';
import {
  type EventSource,
  type EventType,
  eventObject,
  type ObjectReference,
  seriesPatch,
  truncate,
} from './event-object.js';
import { FencedError } from './fence.js';
import { apiVersionOf, pathOf } from './resource.js';
import { createTokenBucket, type TokenBucket } from './token-bucket.js';

/**
 * Owns: telling people, with Events, what happened to an object. The same thing again within ten minutes is counted on
 * the Event that is there. Events are worth little when late: what cannot be written is dropped and counted.
 * Source: client-go tools/events and tools/record (correlator: 25 at once and one per five minutes for an object).
 */

export interface EventRecorder {
  /**
   * Returns at once and never throws.
   *
   * @returns false where very many wait to be written: it is dropped, and to be told again later if it is still the case
   */
  event(regarding: ObjectReference, type: EventType, reason: string, message: string): boolean;
  /** Resolves when all is written, or after `boundMs` (default 2000). */
  flush(boundMs?: number): Promise<void>;
  stats(): { readonly written: number; readonly dropped: number; readonly waiting: number };
}

interface Series {
  readonly key: string;
  readonly regarding: ObjectReference;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
  readonly name: string;
  readonly firstWallMs: number;
  lastWallMs: number;
  lastMs: number;
  count: number;
  created: boolean;
  /** Waiting to be written; it is written with the count it has by then. */
  queued: boolean;
}

const seriesMs = 600_000;
const perObject = { burst: 25, perSecond: 1 / 300 };
/** Beyond these the oldest is forgotten, or the newest not recorded. */
const mostSeries = 4096;
const mostWaiting = 1000;
const mostTries = 5;

export function createEventRecorder(
  client: ApiClient,
  o: EventSource & { apis: Pick<Apis, 'has'>; log?: Log; clock?: Clock },
): EventRecorder {
  const clock = o.clock ?? systemClock;
  const served = o.apis.has('events.k8s.io/v1', 'events');
  const series = new Map<string, Series>();
  const buckets = new Map<string, TokenBucket>();
  const waiting: Series[] = [];
  const counts = { written: 0, dropped: 0 };
  let serial = Math.floor(clock.random() * 0x10000);
  let writing: Promise<void> | undefined;

  function record(regarding: ObjectReference, type: EventType, reason: string, whole: string): boolean {
    // Before it is remembered: thousands of these are.
    const message = truncate(whole);
    const object = [regarding.kind, regarding.namespace, regarding.name, regarding.uid].join('/');
    const key = `${object} ${type} ${reason} ${message}`;
    const isQueued = series.get(key)?.queued === true;
    if (!isQueued && waiting.length >= mostWaiting) {
      counts.dropped += 1;
      return false;
    }
    const one = seriesOf(key, regarding, type, reason, message);
    if (one.queued) return true;
    const bucket = remember(buckets, object, () => createTokenBucket(perObject));
    if (!bucket.tryTake(clock.now())) {
      counts.dropped += 1;
      return true;
    }
    one.queued = true;
    waiting.push(one);
    // In a microtask: what is repeated in one go is written once, with its count.
    writing ??= Promise.resolve()
      .then(write)
      .finally(() => {
        writing = undefined;
      });
    return true;
  }

  function seriesOf(key: string, regarding: ObjectReference, type: EventType, reason: string, message: string): Series {
    const wall = clock.wall();
    const known = series.get(key);
    if (known && clock.now() - known.lastMs < seriesMs) {
      series.delete(key);
      series.set(key, known);
      known.count += 1;
      known.lastWallMs = wall;
      known.lastMs = clock.now();
      return known;
    }
    series.delete(key);
    serial = (serial + 1) & 0xffff;
    const suffix = `${Math.floor(wall * 1000).toString(16)}${serial.toString(16).padStart(4, '0')}`;
    const times = { firstWallMs: wall, lastWallMs: wall, lastMs: clock.now() };
    // What comes before a dot ends in a letter or a digit.
    const name = `${regarding.name.slice(0, 220).replace(/[.-]+$/, '')}.${suffix}`;
    const fresh = { key, regarding, type, reason, message, name, ...times, count: 1, created: false, queued: false };
    return remember(series, key, () => fresh);
  }

  async function write(): Promise<void> {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      one.queued = false;
      await deliver(one);
    }
  }

  async function deliver(one: Series): Promise<void> {
    const backoff = createBackoff({ baseMs: 200, capMs: 10_000, random: clock.random });
    for (let tries = 1; ; tries += 1) {
      try {
        await send(one);
        counts.written += 1;
        return;
      } catch (error) {
        const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
        const hopeless = refused || error instanceof FencedError;
        if (hopeless || tries === mostTries) {
          counts.dropped += 1;
          const { reason, regarding } = one;
          o.log?.debug('an event could not be written', { reason, regarding: regarding.name, error: String(error) });
          return;
        }
        await pause(clock, backoff.next());
      }
    }
  }

  async function send(one: Series): Promise<void> {
    // kubectl finds the Events of a cluster-scoped object only when they name no namespace of it, and in `default` the
    // server takes such Events only by the old API.
    const isNew = served && one.regarding.namespace !== undefined;
    const resource = isNew ? newEvents : coreEvents;
    const namespace = one.regarding.namespace ?? 'default';
    if (one.created) {
      try {
        const path = pathOf(resource, { namespace, name: one.name });
        const body = seriesPatch(one, isNew);
        await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
        return;
      } catch (error) {
        // The server forgets Events after an hour; then it is a new one.
        if (!hasStatus(error, 404)) throw error;
      }
    }
    const body = { apiVersion: apiVersionOf(resource), kind: 'Event', ...eventObject(one, namespace, o, isNew) };
    try {
      await client.request({ method: 'POST', path: pathOf(resource, { namespace }), body });
    } catch (error) {
      // An earlier try got through although its answer did not.
      if (!hasStatus(error, 409)) throw error;
    }
    one.created = true;
  }

  return {
    event: record,
    async flush(boundMs = 2000) {
      const bound = new AbortController();
      await Promise.race([pause(clock, boundMs, bound.signal), writing]);
      bound.abort();
    },
    stats: () => ({ ...counts, waiting: waiting.length }),
  };
}

/** Looks up or makes an entry of a map that stays small by forgetting its oldest. */
function remember<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  if (map.size > mostSeries) map.delete(map.keys().next().value as string);
  return made;
}
