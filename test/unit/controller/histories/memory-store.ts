// biome-ignore-all lint/suspicious/noExplicitAny: the store takes whatever is sent.
// Owns: an API server's store in memory, as far as the controller writes to it: versions, generations, preconditions.
// Refuses to know: when a request is carried out, and who hears of it.
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import { keyOf } from '../../../../src/platform/kubernetes/resource.js';

export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
  };
  readonly [field: string]: any;
}

export interface MemoryStore {
  /** Of one kind, by plural. */
  all(plural: string): readonly StoredObject[];
  get(plural: string, key: string): StoredObject | undefined;
  /** Creates or replaces it, whatever was there. */
  put(plural: string, object: any): StoredObject;
  remove(plural: string, key: string): void;
  revision(): string;
  /** The methods of a client, carried out at once. Those that write are told apart by `writes`. */
  readonly verbs: Verbs;
}

export interface Verbs {
  get(plural: string, key: string): StoredObject | undefined;
  list(plural: string): { metadata: object; items: readonly StoredObject[] };
  create(plural: string, object: any): StoredObject;
  replace(plural: string, object: any): StoredObject;
  mergePatch(plural: string, key: string, patch: any, guard?: any): StoredObject;
  jsonPatch(plural: string, key: string, operations: readonly any[], guard?: any): StoredObject;
  remove(plural: string, key: string, guard?: any): boolean;
}

/** @param onChange told of each change, after it; undefined: it is gone */
export function createMemoryStore(
  onChange: (plural: string, key: string, object: StoredObject | undefined, previous: StoredObject | undefined) => void,
): MemoryStore {
  const objects = new Map<string, Map<string, StoredObject>>();
  let revision = 100;
  const kind = (plural: string) => {
    const known = objects.get(plural) ?? new Map<string, StoredObject>();
    objects.set(plural, known);
    return known;
  };
  const put = (plural: string, object: any): StoredObject => {
    revision += 1;
    const key = keyOf(object.metadata);
    const previous = kind(plural).get(key);
    const grown = JSON.stringify(previous?.spec) === JSON.stringify(object.spec) ? 0 : 1;
    const next: StoredObject = structuredClone({
      ...object,
      metadata: {
        ...object.metadata,
        uid: previous?.metadata.uid ?? object.metadata.uid ?? `u${revision}`,
        resourceVersion: String(revision),
        generation: (previous?.metadata.generation ?? 0) + grown,
      },
    });
    kind(plural).set(key, next);
    onChange(plural, key, next, previous);
    return next;
  };
  const remove = (plural: string, key: string) => {
    const previous = kind(plural).get(key);
    revision += 1;
    kind(plural).delete(key);
    onChange(
      plural,
      key,
      undefined,
      previous && { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } },
    );
  };
  const present = (plural: string, key: string, guard: any = {}): StoredObject => {
    const found = kind(plural).get(key);
    if (found === undefined) throw refusal(404);
    const { uid, resourceVersion } = found.metadata;
    if ((guard.uid ?? uid) !== uid || (guard.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw refusal(409);
    return found;
  };
  const verbs: Verbs = {
    get: (plural, key) => kind(plural).get(key),
    list: (plural) => ({ metadata: { resourceVersion: String(revision) }, items: [...kind(plural).values()] }),
    create: (plural, object) => {
      if (kind(plural).has(keyOf(object.metadata))) throw refusal(409);
      return put(plural, object);
    },
    replace: (plural, object) => {
      const { resourceVersion } = present(plural, keyOf(object.metadata)).metadata;
      if (object.metadata.resourceVersion !== resourceVersion) throw refusal(409);
      return put(plural, object);
    },
    mergePatch: (plural, key, patch, guard) => put(plural, merged(present(plural, key, guard), patch)),
    jsonPatch: (plural, key, operations, guard) => {
      const object = structuredClone(present(plural, key)) as any;
      if ((guard?.uid ?? object.metadata.uid) !== object.metadata.uid) throw refusal(422);
      for (const { op, path, value } of operations) {
        const [, field, inner] = path.split('/');
        if (op === 'test') {
          if (object[field][inner] !== value) throw refusal(422);
        } else if (inner === undefined) object[field] = value;
        else object[field] = { ...object[field], [inner]: value };
      }
      return put(plural, object);
    },
    remove: (plural, key, guard) => {
      if (!kind(plural).has(key)) return false;
      present(plural, key, guard);
      remove(plural, key);
      return true;
    },
  };
  return {
    all: (plural) => [...kind(plural).values()],
    get: verbs.get,
    put,
    remove,
    revision: () => String(revision),
    verbs,
  };
}

function refusal(status: number): ApiError {
  return new ApiError({
    method: 'PATCH',
    path: '/',
    code: status,
    status: status === 404 ? { reason: 'NotFound' } : {},
  });
}

/** RFC 7386. */
function merged(target: any, patch: any): any {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {}) };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = merged(result[field], value);
  }
  return result;
}
