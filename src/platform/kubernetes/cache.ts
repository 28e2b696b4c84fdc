import { keepUp } from './cache/keep-up.js';
import { type CacheOptions, type CacheState, type LastList, newCacheState } from './cache/state.js';
import type { ApiClient } from './client.js';
import type { KubernetesObject, Resource } from './resource.js';

export type { CacheOptions, LastList };

/**
 * Owns: keeping a copy of a collection up to date: list, then watch, then watch again for ever, through everything that
 * real API servers do.
 * Source: Kubernetes API concepts, "Efficient detection of changes"; the checklist of client-go's Reflector.
 */

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

/** Starts at once, in the background; nothing is awaited and nothing thrown. */
export function startCache<T extends KubernetesObject>(
  client: ApiClient,
  resource: Resource,
  o: CacheOptions<T>,
): Cache<T> {
  const state = newCacheState(client, resource, o);
  const { store, first, stopping } = state;
  const running = keepUp(state);
  return {
    get: (key) => store.get(key),
    list: () => store.list(),
    synced: first.synced,
    isSynced: () => state.listed,
    lastList: () => state.lastList,
    readAnew() {
      state.lacking = true;
      state.endWatch?.();
    },
    isReadAnew: () => state.listed && !state.lacking,
    async stop() {
      stopping.abort();
      first.reject(new Error(`the cache of ${resource.plural} was stopped before its first list`));
      await running;
    },
    health: () => healthOf(state),
  };
}

function healthOf<T>({ store, gate, counts, clock, ...state }: CacheState<T>): CacheHealth {
  const { listed, connected, lastError, lastWord } = state;
  return {
    synced: listed,
    connected,
    objects: store.size,
    ...counts,
    refused: gate.refused(),
    lastError,
    ...(lastWord && { lastWordAt: lastWord.wall, silentMs: clock.now() - lastWord.at }),
  };
}
