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
  /**
   * `remembered`: how many Events would be counted on, were the same told again; `limited`: of how many objects it is remembered that they
   * may have less told than new ones.
   */
  stats(): {
    readonly written: number;
    readonly dropped: number;
    readonly waiting: number;
    readonly remembered: number;
    readonly limited: number;
  };
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

interface Recorder {
  readonly client: ApiClient;
  readonly source: EventSource;
  readonly log: Log | undefined;
  readonly clock: Clock;
  /** The server has events.k8s.io/v1. */
  readonly served: boolean;
  /** By what is told of which object, the one that was longest not told first. */
  readonly series: Map<string, Series>;
  /** What each object may have told at once, the one of which nothing was told for longest first. */
  readonly allowances: Map<string, TokenBucket>;
  /** When those were looked for last that are as good as new. */
  sweptMs: number;
  readonly waiting: Series[];
  readonly counts: { written: number; dropped: number };
  serial: number;
  writing: Promise<void> | undefined;
}

/** How long an Event is counted on. */
const seriesMs = 600_000;
const perObject = { burst: 25, perSecond: 1 / 300 };
/** How often is looked for objects that may have as much told as new ones: most may after five minutes, some after two hours. */
const sweepMs = 60_000;
/** Beyond these the oldest is forgotten, or the newest not recorded. */
const mostSeries = 4096;
const mostWaiting = 1000;
const mostTries = 5;

export function createEventRecorder(
  client: ApiClient,
  o: EventSource & { apis: Pick<Apis, 'has'>; log?: Log; clock?: Clock },
): EventRecorder {
  const clock = o.clock ?? systemClock;
  const r: Recorder = {
    client,
    source: o,
    log: o.log,
    clock,
    served: o.apis.has('events.k8s.io/v1', 'events'),
    series: new Map(),
    allowances: new Map(),
    sweptMs: clock.now(),
    waiting: [],
    counts: { written: 0, dropped: 0 },
    serial: Math.floor(clock.random() * 0x10000),
    writing: undefined,
  };
  return {
    event: (regarding, type, reason, message) => record(r, { regarding, type, reason, message: truncate(message) }),
    async flush(boundMs = 2000) {
      const bound = new AbortController();
      await Promise.race([pause(clock, boundMs, bound.signal), r.writing]);
      bound.abort();
    },
    stats: () => ({ ...r.counts, waiting: r.waiting.length, remembered: r.series.size, limited: r.allowances.size }),
  };
}

/** What happened. Its message is cut before it is remembered: thousands of these are. */
type Happening = Pick<Series, 'regarding' | 'type' | 'reason' | 'message'>;

function record(r: Recorder, what: Happening): boolean {
  const { regarding, type, reason, message } = what;
  const object = [regarding.kind, regarding.namespace, regarding.name, regarding.uid].join('/');
  const key = `${object} ${type} ${reason} ${message}`;
  const isQueued = r.series.get(key)?.queued === true;
  if (!isQueued && r.waiting.length >= mostWaiting) {
    r.counts.dropped += 1;
    return false;
  }
  const one = seriesOf(r, key, what);
  if (one.queued) return true;
  if (!allowanceOf(r, object).tryTake(r.clock.now())) {
    r.counts.dropped += 1;
    return true;
  }
  one.queued = true;
  r.waiting.push(one);
  // In a microtask: what is repeated in one go is written once, with its count.
  r.writing ??= Promise.resolve()
    .then(() => write(r))
    .finally(() => {
      r.writing = undefined;
    });
  return true;
}

function seriesOf(r: Recorder, key: string, what: Happening): Series {
  const [now, wall] = [r.clock.now(), r.clock.wall()];
  forget(r.series, now);
  const known = r.series.get(key);
  if (known !== undefined && now - known.lastMs < seriesMs) {
    known.count += 1;
    known.lastWallMs = wall;
    known.lastMs = now;
    remember(r.series, key, known);
    return known;
  }
  r.serial = (r.serial + 1) & 0xffff;
  const suffix = `${Math.floor(wall * 1000).toString(16)}${r.serial.toString(16).padStart(4, '0')}`;
  const times = { firstWallMs: wall, lastWallMs: wall, lastMs: now };
  // What comes before a dot ends in a letter or a digit.
  const name = `${what.regarding.name.slice(0, 220).replace(/[.-]+$/, '')}.${suffix}`;
  const fresh = { ...what, key, name, ...times, count: 1, created: false, queued: false };
  remember(r.series, key, fresh);
  return fresh;
}

function allowanceOf(r: Recorder, object: string): TokenBucket {
  const { allowances } = r;
  const now = r.clock.now();
  if (now - r.sweptMs >= sweepMs) {
    r.sweptMs = now;
    for (const [of, bucket] of allowances) if (bucket.isFull(now)) allowances.delete(of);
  }
  const bucket = allowances.get(object) ?? createTokenBucket(perObject);
  remember(allowances, object, bucket);
  return bucket;
}

async function write(r: Recorder): Promise<void> {
  for (let one = r.waiting.shift(); one !== undefined; one = r.waiting.shift()) {
    one.queued = false;
    await deliver(r, one);
  }
}

async function deliver(r: Recorder, one: Series): Promise<void> {
  const backoff = createBackoff({ baseMs: 200, capMs: 10_000, random: r.clock.random });
  for (let tries = 1; ; tries += 1) {
    try {
      await send(r, one);
      r.counts.written += 1;
      return;
    } catch (error) {
      const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
      const hopeless = refused || error instanceof FencedError;
      if (hopeless || tries === mostTries) {
        r.counts.dropped += 1;
        const { reason, regarding } = one;
        r.log?.debug('an event could not be written', { reason, regarding: regarding.name, error: String(error) });
        return;
      }
      await pause(r.clock, backoff.next());
    }
  }
}

async function send({ client, served, source }: Recorder, one: Series): Promise<void> {
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
  const body = { apiVersion: apiVersionOf(resource), kind: 'Event', ...eventObject(one, namespace, source, isNew) };
  try {
    await client.request({ method: 'POST', path: pathOf(resource, { namespace }), body });
  } catch (error) {
    // An earlier try got through although its answer did not.
    if (!hasStatus(error, 409)) throw error;
  }
  one.created = true;
}

/** Puts it last in a map that stays small by forgetting what comes first. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > mostSeries) map.delete(map.keys().next().value as string);
}

/** Forgets what comes first, as long as that is counted on no longer. */
function forget(series: Map<string, Series>, now: number): void {
  for (const [key, { lastMs, queued }] of series) {
    if (queued || now - lastMs < seriesMs) return;
    series.delete(key);
  }
}
