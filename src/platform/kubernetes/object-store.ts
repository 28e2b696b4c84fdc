import { type KubernetesObject, keyOf, type ObjectMeta } from './resource.js';

/**
 * Owns: what a cache holds, and which changes follow from what the server said. Pure: no I/O, no time.
 *
 * An object that was refused is not held; what was held of the same object before stays. That the server has it is known all the same.
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
  /** The version of an object that the server is known to have, held or refused. */
  known(key: string): ObjectMeta | undefined;
  /** How many objects the server is known to have. */
  readonly knownSize: number;
  /** A complete list is the truth, also where it is older than what is held. */
  replace(objects: Iterable<T>, refused?: Iterable<ObjectMeta>): Change<T>[];
  /** ADDED or MODIFIED in a watch. Undefined when the event is older than what is held and was ignored. */
  put(object: T): Change<T>[] | undefined;
  /** As `put`, of one that was refused: a change only where what is held is of another object by that name. */
  refuse(metadata: ObjectMeta): Change<T>[] | undefined;
  /** DELETED in a watch. Undefined when the event is older than what is held and was ignored. */
  remove(object: KubernetesObject): Change<T>[] | undefined;
}

export function createObjectStore<T extends KubernetesObject>(): ObjectStore<T> {
  const objects = new Map<string, T>();
  const refusals = new Map<string, ObjectMeta>();
  const known = (key: string) => refusals.get(key) ?? objects.get(key)?.metadata;

  /** An object with another uid under the same name is another object: the first has been deleted unseen. */
  function set(key: string, object: T): Change<T>[] {
    const held = objects.get(key);
    refusals.delete(key);
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

  function refuse(key: string, metadata: ObjectMeta): Change<T>[] {
    refusals.set(key, metadata);
    const held = objects.get(key);
    if (held === undefined || held.metadata.uid === metadata.uid) return [];
    objects.delete(key);
    return [{ key, object: undefined, previous: held }];
  }

  return {
    get: (key) => objects.get(key),
    list: () => objects.values(),
    get size() {
      return objects.size;
    },
    known,
    get knownSize() {
      return objects.size + [...refusals.keys()].filter((key) => !objects.has(key)).length;
    },
    replace(list, refused = []) {
      const changes: Change<T>[] = [];
      const seen = new Set<string>();
      refusals.clear();
      for (const metadata of refused) {
        const key = keyOf(metadata);
        seen.add(key);
        changes.push(...refuse(key, metadata));
      }
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
      return isOlder(object.metadata, known(key)) ? undefined : set(key, object);
    },
    refuse(metadata) {
      const key = keyOf(metadata);
      return isOlder(metadata, known(key)) ? undefined : refuse(key, metadata);
    },
    remove({ metadata }) {
      const key = keyOf(metadata);
      if (isOlder(metadata, known(key))) return undefined;
      refusals.delete(key);
      const held = objects.get(key);
      if (held === undefined) return [];
      objects.delete(key);
      return [{ key, object: undefined, previous: held }];
    },
  };
}

function isOlder(metadata: ObjectMeta, known: ObjectMeta | undefined): boolean {
  return isOlderVersion(metadata.resourceVersion, known?.resourceVersion);
}

/** Resource versions are decimal numbers of any length; of anything else no order is claimed. */
export function isOlderVersion(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || !/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
