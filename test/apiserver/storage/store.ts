// Owns: every object, the revision that orders all writes, and the recent history that watches resume from.
// Refuses to know: kinds, schemas, HTTP.
// Source: etcd's revisions and compaction as kube-apiserver shows them (resourceVersion, 410 Gone).
import assert from 'node:assert/strict';
import type { KubeObject } from '../object.js';

/** One write. `object` is the state after it; for DELETED the last state, with the revision of the deletion. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly collection: string;
  readonly key: string;
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** Keys are `namespace/name` or `name`; a collection is all objects of one resource, whatever their API version. */
export interface Store {
  revision(): number;
  get(collection: string, key: string): KubeObject | undefined;
  /** Stores `object` under the next revision, which it writes into `metadata.resourceVersion` of a copy; returns the copy. */
  put(collection: string, key: string, object: KubeObject): KubeObject;
  /** Removes an object that exists; returns its last state with the revision of the deletion. */
  remove(collection: string, key: string): KubeObject;
  /** Keys and objects in key order, now or as they were at a revision; `undefined` when that is compacted. */
  list(collection: string, at?: number): readonly (readonly [string, KubeObject])[] | undefined;
  /** The writes after a revision, oldest first; `undefined` when some of them are compacted. */
  changesSince(collection: string, revision: number): readonly Change[] | undefined;
  /** Forgets the history up to now. */
  compact(): void;
  compactedRevision(): number;
  subscribe(listener: (change: Change) => void): () => void;
}

const historyLimit = 20_000;

export function createStore(): Store {
  const collections = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let revision = 1;
  let compacted = 0;

  const objectsOf = (collection: string) => {
    const found = collections.get(collection) ?? new Map<string, KubeObject>();
    collections.set(collection, found);
    return found;
  };
  const record = (change: Change) => {
    history.push(change);
    if (history.length > historyLimit) {
      const kept = history.slice(-historyLimit / 2);
      compacted = kept[0]!.revision - 1;
      history = kept;
    }
    for (const listener of [...listeners]) listener(change);
  };
  const changesSince = (collection: string, since: number) =>
    since < compacted
      ? undefined
      : history.filter((change) => change.revision > since && change.collection === collection);

  return {
    revision: () => revision,
    get: (collection, key) => objectsOf(collection).get(key),
    put(collection, key, object) {
      const objects = objectsOf(collection);
      const previous = objects.get(key);
      revision += 1;
      const stored = withRevision(object, revision);
      objects.set(key, stored);
      record({
        type: previous ? 'MODIFIED' : 'ADDED',
        revision,
        collection,
        key,
        object: stored,
        ...(previous && { previous }),
      });
      return stored;
    },
    remove(collection, key) {
      const objects = objectsOf(collection);
      const previous = objects.get(key);
      assert(previous, `${collection} has no ${key} to remove`);
      revision += 1;
      const last = withRevision(previous, revision);
      objects.delete(key);
      record({ type: 'DELETED', revision, collection, key, object: last, previous });
      return last;
    },
    list(collection, at) {
      const objects = new Map(objectsOf(collection));
      if (at !== undefined && at < revision) {
        const changes = changesSince(collection, at);
        if (!changes) return undefined;
        for (const { key, previous } of changes.toReversed())
          if (previous) objects.set(key, previous);
          else objects.delete(key);
      }
      return [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
    },
    changesSince,
    compact() {
      compacted = revision;
      history = [];
    },
    compactedRevision: () => compacted,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
