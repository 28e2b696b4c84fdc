/**
 * A cache that already knows what this program has just written, or read from the store: deciding again before the watch has brought it
 * must not decide from the past, however late the watch is, and whatever it leaves out.
 */
import type { Cache } from '../../platform/kubernetes/cache.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { type KubernetesObject, keyOf } from '../../platform/kubernetes/resource.js';

export interface Recent<T> {
  get(key: string): T | undefined;
  list(): Iterable<T>;
  /** The server's answer to a write, or to the question what there is. */
  wrote(object: T): void;
  /** The object was deleted by us, or is known to be gone. */
  removed(object: T): void;
  /**
   * To be called on each change of the cache, before anything is decided from it. `previous`: what the cache held before, which for
   * a deletion says of which object by that name it speaks.
   */
  seen(key: string, object: T | undefined, previous: T | undefined): void;
  /**
   * To be called after each list of the cache.
   *
   * @returns what was written or read, and is known to be gone by the list alone: the cache has never heard of it
   */
  listed(): readonly T[];
}

/** How long the end of an object is remembered, in milliseconds: the answer to a write may come after the news that it is gone. */
const endedMs = 120_000;

interface Belief<T> {
  /** Undefined: deleted. */
  readonly object: T | undefined;
  readonly uid: string | undefined;
  /** The history of the store that it belongs to. */
  readonly history: number;
}

/** @param keep what the cache would keep of the server's answer; undefined: nothing can be made of it */
export function createRecent<T extends KubernetesObject>(
  cache: Pick<Cache<T>, 'get' | 'list' | 'lastList'>,
  now: () => number,
  keep: (object: T) => T | undefined = (object) => object,
): Recent<T> {
  const written = new Map<string, Belief<T>>();
  /** When each object was seen to go, by uid, the oldest first. */
  const ended = new Map<string, number>();

  /** What a write says about `key`, unless the cache knows better. */
  const believed = (key: string) => {
    const belief = written.get(key);
    if (belief === undefined) return undefined;
    if (!isSuperseded(belief, cache.get(key), cache.lastList())) return belief;
    written.delete(key);
    return undefined;
  };

  const get = (key: string) => {
    const belief = believed(key);
    return belief === undefined ? cache.get(key) : belief.object;
  };

  const believe = (object: T, belief: T | undefined) => {
    const { uid } = object.metadata;
    written.set(keyOf(object.metadata), { object: belief, uid, history: cache.lastList().history });
  };

  const end = (uid: string) => {
    for (const [other, at] of ended) {
      if (now() - at < endedMs) break;
      ended.delete(other);
    }
    ended.set(uid, now());
  };

  return {
    get,
    *list() {
      for (const object of cache.list()) {
        const latest = written.size === 0 ? object : get(keyOf(object.metadata));
        if (latest !== undefined) yield latest;
      }
      for (const key of [...written.keys()]) {
        const belief = cache.get(key) === undefined ? believed(key) : undefined;
        if (belief?.object !== undefined) yield belief.object;
      }
    },
    wrote: (answer) => {
      const object = keep(answer);
      if (object !== undefined && !ended.has(object.metadata.uid ?? '')) believe(object, object);
    },
    removed: (object) => believe(object, undefined),
    seen: (key, object, previous) => {
      if (object !== undefined) {
        believed(key);
        return;
      }
      if (previous?.metadata.uid !== undefined) end(previous.metadata.uid);
      // The end of a former object by that name says nothing about its successor, which the cache may not have heard of yet.
      if (written.get(key)?.uid === previous?.metadata.uid) written.delete(key);
    },
    listed: () =>
      [...written].flatMap(([key, { object }]) => {
        const isGone = believed(key) === undefined && cache.get(key) === undefined;
        return isGone && object !== undefined ? [object] : [];
      }),
  };
}

/**
 * A watch that has gone on does not prove that it told everything; an object as new as what was written does, and a list.
 *
 * @param held what the cache has by that name
 */
function isSuperseded<T extends KubernetesObject>(
  { object, uid, history }: Belief<T>,
  held: T | undefined,
  list: { readonly version: string | undefined; readonly history: number },
): boolean {
  if (history !== list.history) return true;
  if (object === undefined) return held === undefined || held.metadata.uid !== uid;
  const version = object.metadata.resourceVersion;
  const isKnown = (other: string | undefined) => other !== undefined && !isOlderVersion(other, version);
  return isKnown(held?.metadata.resourceVersion) || isKnown(list.version);
}
