import type { Admit } from '../admission.js';
import { type Backoff, createBackoff } from '../backoff.js';
import type { Query, Selection } from '../call.js';
import type { ApiClient } from '../client.js';
import { type Clock, type Log, systemClock } from '../clock.js';
import { createGate, type Gate } from '../gate.js';
import { type Change, createObjectStore, type ObjectStore } from '../object-store.js';
import { type KubernetesObject, type ObjectMeta, pathOf, type Resource } from '../resource.js';
import { type SilenceLimits, usualSilence } from '../watch-silence.js';

/**
 * Owns: what a cache knows: what it holds, up to which version, and how it stands with the server. One record, which the functions beside
 * it work on.
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

/** The last time that everything was read at once, which leaves out nothing, unlike a watch. */
export interface LastList {
  /** What had happened up to this version is in the cache; undefined: nothing was listed yet. */
  readonly version: string | undefined;
  /** How often the store was found to have gone back in time: versions from before mean nothing any more. */
  readonly history: number;
}

/** How often something happened since the start. */
export interface CacheCounts {
  lists: number;
  watches: number;
  events: number;
  staleEvents: number;
  handlerErrors: number;
}

export interface CacheState<T> extends Pick<CacheOptions<T>, 'onChange' | 'onList' | 'many' | 'log'> {
  readonly client: ApiClient;
  readonly resource: Resource;
  readonly selection: Selection;
  /** Where the collection is, and what of it is asked for. */
  readonly path: string;
  readonly query: Query;
  readonly clock: Clock;
  readonly silence: SilenceLimits;
  readonly store: ObjectStore<T>;
  readonly gate: Gate<T>;
  readonly backoff: Backoff;
  readonly counts: CacheCounts;
  readonly stopping: AbortController;
  readonly first: FirstList;
  /** A watch is open at this moment. */
  connected: boolean;
  listed: boolean;
  lastList: LastList;
  /** Where to watch from; undefined: list first. */
  version: string | undefined;
  /** The newest version of the present history. */
  newest: string | undefined;
  /** What is held lacks something that is kept of objects by now. */
  lacking: boolean;
  /** The last look into a silence found another number of objects than are held. */
  miscounted: boolean;
  /** When the server said something last that counts, by both clocks. */
  lastWord: { readonly at: number; readonly wall: number } | undefined;
  lastError: string | undefined;
  /** What the log knows about the present outage. */
  said: string | undefined;
  /** Ends the watch that is open, since everything is to be read anew. */
  endWatch: (() => void) | undefined;
}

/** What comes of waiting for the first complete list. */
interface FirstList {
  readonly synced: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Retries begin at once, so that a fail-over of the API server is noticed within a second. */
const retryBaseMs = 200;
const retryCapMs = 30_000;

/** Holds nothing, and has heard nothing. */
export function newCacheState<T extends KubernetesObject>(
  client: ApiClient,
  resource: Resource,
  o: CacheOptions<T>,
): CacheState<T> {
  const { namespace, labelSelector, fieldSelector, onChange, onList, many, log } = o;
  const clock = o.clock ?? systemClock;
  const store = createObjectStore<T>();
  const counts: CacheCounts = { lists: 0, watches: 0, events: 0, staleEvents: 0, handlerErrors: 0 };
  return {
    client,
    resource,
    selection: { namespace, labelSelector, fieldSelector },
    path: pathOf(resource, { namespace }),
    query: { labelSelector, fieldSelector },
    onChange,
    onList,
    many,
    log,
    clock,
    silence: o.silence ?? usualSilence,
    store,
    gate: createGate<T>({
      resource,
      admit: o.admit,
      held: store.get,
      guarded: (what, run) => guarded({ counts, log, resource }, what, run),
      log,
      onProblem: o.onProblem,
    }),
    backoff: createBackoff({ baseMs: retryBaseMs, capMs: retryCapMs, random: clock.random }),
    counts,
    stopping: new AbortController(),
    first: newFirstList(),
    connected: false,
    listed: false,
    lastList: { version: undefined, history: 0 },
    version: undefined,
    newest: undefined,
    lacking: false,
    miscounted: false,
    lastWord: undefined,
    lastError: undefined,
    said: undefined,
    endWatch: undefined,
  };
}

function newFirstList(): FirstList {
  let settle: Omit<FirstList, 'synced'>;
  const synced = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever does not wait for it must not be killed by its rejection.
  synced.catch(() => {});
  return { synced, ...settle! };
}

/** Runs what is not ours: what it throws is counted and logged. */
export function guarded<R>(
  { counts, log, resource }: Pick<CacheState<unknown>, 'counts' | 'log' | 'resource'>,
  what: string,
  run: () => R,
): R | undefined {
  try {
    return run();
  } catch (error) {
    counts.handlerErrors += 1;
    log?.error(`${what} failed`, { resource: resource.plural, error: error instanceof Error ? error.stack : error });
    return undefined;
  }
}

/** The server said something that counts. */
export function heard<T>(state: CacheState<T>): void {
  state.lastWord = { at: state.clock.now(), wall: state.clock.wall() };
}

export function tell<T>(state: CacheState<T>, changes: readonly Change<T>[]): void {
  for (const { key, object, previous } of changes) {
    if (state.stopping.signal.aborted) return;
    guarded(state, 'a change handler', () => state.onChange(key, object, previous));
  }
}
