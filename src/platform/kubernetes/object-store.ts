import { type KubernetesObject, keyOf } from './resource.js';

/**
 * Owns: what a cache holds, and which changes follow from what the server said. Pure: no I/O, no time.
 */

export interface Change<T> {
  readonly key: string;
  /** Undefined: it is gone. */
  readonly object: T | undefined;
  readonly previous: T | undefined;
}

export interface ObjectStore<T> {
  get(key: string): T | undefined;
  list(): Iterable<T>;
  readonly size: number;
  /** A complete list is the truth, also where it is older than what is held. */
  replace(objects: Iterable<T>): Change<T>[];
  /** ADDED or MODIFIED in a watch. Undefined when the event is older than what is held and was ignored. */
  put(object: T): Change<T>[] | undefined;
  /** DELETED in a watch. Undefined when the event is older than what is held and was ignored. */
  remove(object: T): Change<T>[] | undefined;
}

export function createObjectStore<T extends KubernetesObject>(): ObjectStore<T> {
  const objects = new Map<string, T>();

  /** An object with another uid under the same name is another object: the first has been deleted unseen. */
  function set(key: string, object: T): Change<T>[] {
    const held = objects.get(key);
    objects.set(key, object);
    if (held === undefined) return [{ key, object, previous: undefined }];
    if (held.metadata.uid !== object.metadata.uid) {
      return [
        { key, object: undefined, previous: held },
        { key, object, previous: undefined },
      ];
    }
    if (held.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    return [{ key, object, previous: held }];
  }

  return {
    get: (key) => objects.get(key),
    list: () => objects.values(),
    get size() {
      return objects.size;
    },
    replace(list) {
      const changes: Change<T>[] = [];
      const seen = new Set<string>();
      for (const object of list) {
        const key = keyOf(object.metadata);
        seen.add(key);
        changes.push(...set(key, object));
      }
      for (const [key, previous] of objects) {
        if (seen.has(key)) continue;
        objects.delete(key);
        changes.push({ key, object: undefined, previous });
      }
      return changes;
    },
    put(object) {
      const key = keyOf(object.metadata);
      return isOlder(object, objects.get(key)) ? undefined : set(key, object);
    },
    remove(object) {
      const key = keyOf(object.metadata);
      const held = objects.get(key);
      if (held === undefined) return [];
      if (isOlder(object, held)) return undefined;
      objects.delete(key);
      return [{ key, object: undefined, previous: held }];
    },
  };
}

function isOlder(object: KubernetesObject, held: KubernetesObject | undefined): boolean {
  return isOlderVersion(object.metadata.resourceVersion, held?.metadata.resourceVersion);
}

/** Resource versions are decimal numbers of any length; of anything else no order is claimed. */
export function isOlderVersion(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || !/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
