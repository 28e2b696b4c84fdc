/**
 * A cache that already knows what this program has just written: deciding again before the watch has brought the answer
 * must not decide from the past.
 */
import type { Cache } from '../platform/kubernetes/cache.js';
import { isOlderVersion } from '../platform/kubernetes/object-store.js';
import { type KubernetesObject, keyOf } from '../platform/kubernetes/resource.js';

export interface Recent<T> {
  get(key: string): T | undefined;
  list(): Iterable<T>;
  /** The server's answer to a write. */
  wrote(object: T): void;
  /** The object was deleted by us. */
  removed(object: T): void;
  /**
   * To be called on each change of the cache, before anything is decided from it. `previous`: what the cache held before, which for
   * a deletion says of which object by that name it speaks.
   */
  seen(key: string, object: T | undefined, previous: T | undefined): void;
}

/** How long a write is believed without being seen, in milliseconds: a watch is never this late unless something was lost. */
const beliefMs = 30_000;

/** @param keep what the cache would keep of the server's answer; undefined: nothing can be made of it */
export function createRecent<T extends KubernetesObject>(
  cache: Pick<Cache<T>, 'get' | 'list'>,
  now: () => number,
  keep: (object: T) => T | undefined = (object) => object,
): Recent<T> {
  /** Undefined `object`: deleted. */
  const written = new Map<
    string,
    { readonly object: T | undefined; readonly uid: string | undefined; readonly at: number }
  >();

  /** What a write says about `key`, unless the cache is as new or the write too old. */
  const believed = (key: string) => {
    const write = written.get(key);
    if (write === undefined) return undefined;
    const held = cache.get(key);
    const superseded =
      write.object === undefined
        ? held === undefined || held.metadata.uid !== write.uid
        : held !== undefined && !isOlderVersion(held.metadata.resourceVersion, write.object.metadata.resourceVersion);
    if (!superseded && now() - write.at < beliefMs) return write;
    written.delete(key);
    return undefined;
  };

  const get = (key: string) => {
    const write = believed(key);
    return write === undefined ? cache.get(key) : write.object;
  };

  return {
    get,
    *list() {
      for (const object of cache.list()) {
        const latest = written.size === 0 ? object : get(keyOf(object.metadata));
        if (latest !== undefined) yield latest;
      }
      for (const key of [...written.keys()]) {
        const write = cache.get(key) === undefined ? believed(key) : undefined;
        if (write?.object !== undefined) yield write.object;
      }
    },
    wrote: (answer) => {
      const object = keep(answer);
      if (object === undefined) return;
      written.set(keyOf(object.metadata), { object, uid: object.metadata.uid, at: now() });
    },
    removed: (object) => {
      written.set(keyOf(object.metadata), { object: undefined, uid: object.metadata.uid, at: now() });
    },
    seen: (key, object, previous) => {
      if (object !== undefined) believed(key);
      // The end of a former object by that name says nothing about its successor, which the cache may not have heard of yet.
      else if (written.get(key)?.uid === previous?.metadata.uid) written.delete(key);
    },
  };
}
