import { type Admit, identityOf, type Taken } from './admission.js';
import { ApiError, hasStatus } from './api-error.js';
import { createBackoff } from './backoff.js';
import type { Selection } from './call.js';
import type { ApiClient } from './client.js';
import { type Clock, type Log, pause, systemClock } from './clock.js';
import { ConnectionError } from './connection-error.js';
import { createGate } from './gate.js';
import { countOf, listPages } from './list-pages.js';
import { type Change, createObjectStore, isOlderVersion } from './object-store.js';
import { type KubernetesObject, keyOf, type ObjectList, type ObjectMeta, pathOf, type Resource } from './resource.js';
import { parseEvent, UnreadableEventError, versionOf } from './watch-event.js';
import { type SilenceLimits, usualSilence, watchSilence } from './watch-silence.js';

/**
 * Owns: keeping a copy of a collection up to date: list, then watch, then watch again for ever, through everything that
 * real API servers do.
 * Source: Kubernetes API concepts, "Efficient detection of changes"; the checklist of client-go's Reflector.
 */

export interface CacheOptions<T> extends Selection {
  /**
   * A change, already in the cache. Deleted and made anew under the same name is two calls. Keep it short (enqueue the
   * key): what it throws is counted and logged, and stops nothing.
   */
  onChange(key: string, object: T | undefined, previous: T | undefined): void;
  /** Everything was read at once, and what that changed has been told. */
  onList?: () => void;
  /**
   * Checks each object where it comes in, and slims it; metadata's name, namespace, uid and resourceVersion must stay. Without it
   * objects are kept as they are. One on which it throws is refused.
   */
  admit?: Admit<T>;
  /**
   * What is wrong with an object, once for each version of it; undefined: no longer anything. `refused`: all of it, so that what was held
   * before goes on. Called before `onChange`, where that is called.
   */
  onProblem?(metadata: ObjectMeta, problem: string | undefined, refused: boolean): void;
  /**
   * There may be very many: read them page by page from the store also at the start, so that memory never holds them all as
   * the server sends them.
   */
  many?: boolean;
  log?: Log;
  clock?: Clock;
  /** When a silent watch is looked into; for tests with real time. */
  silence?: SilenceLimits;
}

export interface Cache<T> {
  get(key: string): T | undefined;
  list(): Iterable<T>;
  /** Resolves after the first complete list has been handed to `onChange`; rejects when stopped before. */
  readonly synced: Promise<void>;
  isSynced(): boolean;
  lastList(): LastList;
  /**
   * `admit` keeps more of an object from now on than before: everything is read from the store again, now, and told by `onList`. What stays as
   * it was is no change.
   */
  readAnew(): void;
  /** Everything that is held was read after the last `readAnew`. */
  isReadAnew(): boolean;
  /** After it resolves, nothing is called any more and no connection is in use. */
  stop(): Promise<void>;
  health(): CacheHealth;
}

/** The last time that everything was read at once, which leaves out nothing, unlike a watch. */
export interface LastList {
  /** What had happened up to this version is in the cache; undefined: nothing was listed yet. */
  readonly version: string | undefined;
  /** How often the store was found to have gone back in time: versions from before mean nothing any more. */
  readonly history: number;
}

export interface CacheHealth {
  readonly synced: boolean;
  /** A watch is open at this moment. */
  readonly connected: boolean;
  readonly objects: number;
  readonly lists: number;
  readonly watches: number;
  readonly events: number;
  /** Events ignored because they were older than what is held. */
  readonly staleEvents: number;
  /** Exceptions out of `onChange` or `admit`. */
  readonly handlerErrors: number;
  /** Objects that were refused, those without a name among them, counted at each version. */
  readonly refused: number;
  /** What went wrong last, until it works again. */
  readonly lastError?: string | undefined;
  /** When the server said something last that counts (a list, an event, a bookmark, an answer), in milliseconds since 1970. */
  readonly lastWordAt?: number | undefined;
  /** How long ago that was, in milliseconds, by a clock that nobody sets. Absent before the first word. */
  readonly silentMs?: number | undefined;
}

/** Retries begin at once, so that a fail-over of the API server is noticed within a second. */
const retryBaseMs = 200;
const retryCapMs = 30_000;
/** How long the server is asked to keep a watch open; spread, so that watches do not all end together. */
const watchSeconds = { least: 290, spread: 61 };
/** Silence beyond the end that the server promised. */
const graceMs = 30_000;
/** A watch that lasted this long worked, even if nothing happened in it. */
const workedMs = 10_000;

/** Why a watch ends that works: everything is read anew. */
const readingAnew = new Error('everything is read anew');

/** Starts at once, in the background; nothing is awaited and nothing thrown. */
export function startCache<T extends KubernetesObject>(
  client: ApiClient,
  resource: Resource,
  o: CacheOptions<T>,
): Cache<T> {
  const clock = o.clock ?? systemClock;
  const selection: Selection = {
    namespace: o.namespace,
    labelSelector: o.labelSelector,
    fieldSelector: o.fieldSelector,
  };
  const query = { labelSelector: o.labelSelector, fieldSelector: o.fieldSelector };
  const path = pathOf(resource, { namespace: o.namespace });
  const store = createObjectStore<T>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const backoff = createBackoff({ baseMs: retryBaseMs, capMs: retryCapMs, random: clock.random });
  const counts = { lists: 0, watches: 0, events: 0, staleEvents: 0, handlerErrors: 0 };
  const silenceLimits = o.silence ?? usualSilence;
  let connected = false;
  let listed = false;
  let lastWord: { readonly at: number; readonly wall: number } | undefined;
  let lastError: string | undefined;
  /** What the log knows about the present outage. */
  let said: string | undefined;
  /** The last look into a silence found another number of objects than are held. */
  let miscounted = false;
  /** Where to watch from; undefined: list first. */
  let version: string | undefined;
  /** What is held lacks something that is kept of objects by now. */
  let lacking = false;
  let endWatch: (() => void) | undefined;
  let lastList: LastList = { version: undefined, history: 0 };
  /** The newest version of the present history. */
  let newest: string | undefined;
  let settle: { resolve: () => void; reject: (error: Error) => void };
  const synced = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever does not wait for it must not be killed by its rejection.
  synced.catch(() => {});

  function guarded<R>(what: string, run: () => R): R | undefined {
    try {
      return run();
    } catch (error) {
      counts.handlerErrors += 1;
      o.log?.error(`${what} failed`, {
        resource: resource.plural,
        error: error instanceof Error ? error.stack : error,
      });
      return undefined;
    }
  }

  const gate = createGate<T>({
    resource,
    admit: o.admit,
    held: store.get,
    guarded,
    log: o.log,
    onProblem: o.onProblem,
  });

  function heard(): void {
    lastWord = { at: clock.now(), wall: clock.wall() };
  }

  function tell(changes: readonly Change<T>[]): void {
    for (const { key, object, previous } of changes) {
      if (signal.aborted) return;
      guarded('a change handler', () => o.onChange(key, object, previous));
    }
  }

  async function list(): Promise<void> {
    // At the start whatever the server has at hand will do; later only the truth, which never goes back in time.
    const resourceVersion = listed || o.many ? undefined : '0';
    const wasLacking = lacking;
    lacking = false;
    const found = await listPages<unknown, Taken<T> | undefined>(client.request, resource, selection, {
      resourceVersion,
      signal,
      keep: gate.take,
    }).catch((error: unknown) => {
      lacking ||= wasLacking;
      throw error;
    });
    const { resourceVersion: listedVersion } = found.metadata;
    if (typeof listedVersion !== 'string' || listedVersion === '') {
      const text = `GET ${path}: the server sent a list without metadata.resourceVersion, so nobody knows where to watch from`;
      throw new ConnectionError('interrupted', text);
    }
    heard();
    counts.lists += 1;
    listed = true;
    version = listedVersion;
    const restarted = isOlderVersion(version, newest);
    lastList = { version, history: lastList.history + (restarted ? 1 : 0) };
    newest = version;
    const { objects, refused } = gate.enterAll(found.items.filter((item) => item !== undefined));
    tell(store.replace(objects, refused));
    if (!signal.aborted) guarded('a list handler', () => o.onList?.());
    settle.resolve();
  }

  /**
   * How what the server has differs from what is held, judged by its first object and, where it says so, by how many there are;
   * undefined: in nothing. One that came back with an older or emptied store would accept a watch from our version and
   * silently leave out what we missed; its first object betrays it.
   */
  async function difference(
    timeoutMs?: number,
  ): Promise<{ readonly count: boolean; readonly text: string } | undefined> {
    const page = await client.request<ObjectList<unknown>>({
      method: 'GET',
      path,
      query: { ...query, limit: 1 },
      signal,
      timeoutMs,
    });
    const first = page.items?.[0];
    const metadata = identityOf(first);
    const known = metadata && store.known(keyOf(metadata));
    const same = known?.uid === metadata?.uid && known?.resourceVersion === metadata?.resourceVersion;
    const older = isOlderVersion(page.metadata.resourceVersion, version);
    if (older || !same || (first === undefined && store.knownSize > 0)) {
      const name = first === undefined ? 'it has none any more' : `${metadata?.name} is another one there`;
      return { count: false, text: older ? 'its history is another one' : name };
    }
    heard();
    const there = countOf(page) ?? store.knownSize;
    if (there === store.knownSize) return undefined;
    return { count: true, text: `it has ${there} of them, not ${store.knownSize}` };
  }

  /** Whether the server still tells the history we are in the middle of. How many objects there are, the watch will tell. */
  async function continues(): Promise<boolean> {
    const found = await difference();
    return found === undefined || found.count;
  }

  /** What a silent watch should have told. */
  async function untold(): Promise<string | undefined> {
    const found = await difference(silenceLimits.answerMs);
    // Watching again from the same version did not help: only a list will.
    if (found?.count && miscounted) version = undefined;
    miscounted = found?.count === true;
    return found && `the watch of ${resource.plural} missed changes: asked, the server showed that ${found.text}`;
  }

  function onEvent(line: string): void {
    const event = parseEvent(line, path);
    heard();
    counts.events += 1;
    const seen = versionOf(event.object);
    if (seen !== undefined && !isOlderVersion(seen, version)) version = seen;
    newest = version;
    if (event.type === 'BOOKMARK') return;
    const changes = event.type === 'DELETED' ? leave(event.object) : enter(event.object);
    if (changes === undefined) counts.staleEvents += 1;
    else tell(changes);
  }

  function enter(raw: object): Change<T>[] | undefined {
    const taken = gate.take(raw);
    if (taken === undefined) return [];
    const { object } = taken.admission;
    const changes = object === undefined ? store.refuse(taken.metadata) : store.put(object);
    if (changes !== undefined) gate.note(taken);
    return changes;
  }

  function leave(raw: object): Change<T>[] | undefined {
    const metadata = identityOf(raw);
    const changes = metadata === undefined ? [] : store.remove({ metadata });
    if (metadata !== undefined && changes !== undefined) gate.forget(metadata);
    return changes;
  }

  /** Resolves with whether the watch was of any use when the server ended it. */
  async function watch(): Promise<boolean> {
    const timeoutSeconds = watchSeconds.least + Math.floor(clock.random() * watchSeconds.spread);
    const before = counts.events;
    const started = clock.now();
    const ending = new AbortController();
    const abort = () => ending.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    endWatch = () => ending.abort(readingAnew);
    const silence = watchSilence({
      clock,
      limits: silenceLimits,
      look: untold,
      end: (reason) => ending.abort(reason),
    });
    const onLine = (line: string) => {
      silence.heard();
      onEvent(line);
    };
    const onOpen = () => {
      counts.watches += 1;
      connected = true;
      heard();
      if (lastError !== undefined) o.log?.info('watching again', { resource: resource.plural, after: lastError });
      lastError = undefined;
      said = undefined;
    };
    const worked = () => counts.events > before || clock.now() - started >= workedMs;
    try {
      await client.watch(
        path,
        { ...query, watch: true, allowWatchBookmarks: true, timeoutSeconds, resourceVersion: version },
        onLine,
        { signal: ending.signal, onOpen, idleMs: timeoutSeconds * 1000 + graceMs },
      );
      return worked();
    } finally {
      silence.stop();
      signal.removeEventListener('abort', abort);
      endWatch = undefined;
      connected = false;
      if (worked()) backoff.reset();
    }
  }

  /** What is held is kept whatever the error: a server that just started does not know its custom resources for a while. */
  function complain(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // Ordinary housekeeping of the server.
    if (hasStatus(error, 410)) return;
    const trouble = hasStatus(error, 404)
      ? 'waiting for a resource that the server does not have yet'
      : 'cannot watch, retrying';
    // Once per outage: a server that is away for an hour is one line.
    if (trouble !== said) o.log?.warn(trouble, { resource: resource.plural, group: resource.group, error: message });
    said = trouble;
    lastError = message;
  }

  async function run(): Promise<void> {
    /** The version from which the last watch brought what cannot be read. */
    let unreadableFrom: string | undefined;
    for (let fresh = false; !signal.aborted; ) {
      try {
        if (version === undefined || lacking) {
          await list();
          fresh = true;
        } else if (fresh || (await continues())) {
          fresh = false;
          if (!(await watch())) await pause(clock, backoff.next(), signal);
        } else {
          version = undefined;
        }
      } catch (error) {
        if (signal.aborted) return;
        fresh = false;
        if (error === readingAnew) continue;
        const unreadable = error instanceof UnreadableEventError || error instanceof RangeError;
        // It may come again whenever this version is watched from; a list goes past it.
        if (hasStatus(error, 410) || (unreadable && unreadableFrom === version)) version = undefined;
        unreadableFrom = unreadable ? version : undefined;
        complain(error);
        const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
        await pause(clock, Math.max(backoff.next(), asked ?? 0), signal);
      }
    }
  }

  const running = run();
  return {
    get: (key) => store.get(key),
    list: () => store.list(),
    synced,
    isSynced: () => listed,
    lastList: () => lastList,
    readAnew() {
      lacking = true;
      endWatch?.();
    },
    isReadAnew: () => listed && !lacking,
    async stop() {
      stopping.abort();
      settle.reject(new Error(`the cache of ${resource.plural} was stopped before its first list`));
      await running;
    },
    health: () => ({
      synced: listed,
      connected,
      objects: store.size,
      ...counts,
      refused: gate.refused(),
      lastError,
      ...(lastWord && { lastWordAt: lastWord.wall, silentMs: clock.now() - lastWord.at }),
    }),
  };
}
