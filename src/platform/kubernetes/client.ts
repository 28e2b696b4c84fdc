import { setMaxListeners } from 'node:events';
import type { CallOptions, Query, Selection } from './call.js';
import type {
  ApplyOptions,
  JsonPatchOperation,
  PatchOptions,
  Preconditions,
  RemoveOptions,
  WatchOptions,
} from './client/contract.js';
import { create, get, remove, replace } from './client/objects.js';
import { apply, jsonPatch, mergePatch } from './client/patch.js';
import { request } from './client/request.js';
import type { ClientOptions, ClientState } from './client/state.js';
import { watch } from './client/watch.js';
import { systemClock } from './clock.js';
import type { Connection } from './credentials.js';
import type { Fence } from './fence.js';
import { listPages } from './list-pages.js';
import { newReach, type Reach } from './reach.js';
import type { KubernetesObject, ObjectList, Resource } from './resource.js';
import { openTransport } from './transport.js';

export type { JsonPatchOperation, Preconditions, WatchOptions };

/**
 * Owns: the verbs of the Kubernetes API.
 * Every method fails with ApiError (the server refused), ConnectionError (no talking to it) or the reason of an abort.
 */

/** A key is `namespace/name`, or `name` for what is cluster-scoped. */
export interface ApiClient {
  readonly connection: Connection;
  /** Of all clients that come of the same one. */
  readonly reach: Reach;
  request<T>(o: CallOptions): Promise<T>;
  /** The object, or undefined when the server has none. */
  get<T>(resource: Resource, key: string): Promise<T | undefined>;
  /** All objects, as of one moment, straight from the store; large collections in pages. */
  list<T>(resource: Resource, selection?: Selection): Promise<ObjectList<T>>;
  /** POST; fails with 409 when there is one by that name. */
  create<T extends KubernetesObject>(resource: Resource, object: T, o?: { fieldManager?: string }): Promise<T>;
  /** PUT; with `metadata.resourceVersion` in the object it fails with 409 when the object has changed since. */
  replace<T extends KubernetesObject>(resource: Resource, object: T, o?: { subresource?: string }): Promise<T>;
  /** True when it was deleted (or is being), false when there was none. */
  remove(resource: Resource, key: string, o?: RemoveOptions): Promise<boolean>;
  /** Server-side apply: `body` holds exactly the fields that `fieldManager` owns; apiVersion, kind and name are filled in. */
  apply<T>(resource: Resource, key: string, body: object, o: ApplyOptions): Promise<T>;
  /** RFC 7386; preconditions go into the patch as metadata. */
  mergePatch<T>(resource: Resource, key: string, patch: object, o?: PatchOptions): Promise<T>;
  /** RFC 6902; preconditions become `test` operations in front. */
  jsonPatch<T>(
    resource: Resource,
    key: string,
    operations: readonly JsonPatchOperation[],
    o?: PatchOptions,
  ): Promise<T>;
  /** Calls `onLine` for each line until the server ends the stream (resolves) or it breaks (rejects). */
  watch(path: string, query: Query, onLine: (line: string) => void, o?: AbortSignal | WatchOptions): Promise<void>;
  /** The same client, but writes (all but GET) leave only past this fence. It closes with this one. */
  fencedBy(fence: Fence): ApiClient;
  /** Another client of the same server, past the same fence, with connections of its own, which a busy one cannot hold up. */
  reopen(): ApiClient;
  close(): void;
}

export function openClient(connection: Connection, o: ClientOptions = {}): ApiClient {
  return open(connection, o, newReach());
}

function open(connection: Connection, o: ClientOptions, reach: Reach): ApiClient {
  const { clock = systemClock, program, onCall } = o;
  const transport = openTransport(connection, clock, program);
  return clientOf({ transport, connection, clock, reach, onCall, fence: undefined }, () => open(connection, o, reach));
}

/** The verbs, on this record. */
function clientOf(state: ClientState, reopen: () => ApiClient): ApiClient {
  const { connection, reach, transport } = state;
  const requestOn = <T>(o: CallOptions) => request<T>(state, o);
  return {
    connection,
    reach,
    request: requestOn,
    get: (...of) => get(state, ...of),
    list: (resource, selection = {}) => listPages(requestOn, resource, selection),
    create: (...of) => create(state, ...of),
    replace: (...of) => replace(state, ...of),
    remove: (...of) => remove(state, ...of),
    apply: (...of) => apply(state, ...of),
    mergePatch: (...of) => mergePatch(state, ...of),
    jsonPatch: (...of) => jsonPatch(state, ...of),
    watch: (...of) => watch(state, ...of),
    fencedBy(fence) {
      // Each write under way listens to it.
      setMaxListeners(0, fence.signal);
      return clientOf({ ...state, fence }, () => reopen().fencedBy(fence));
    },
    reopen,
    close: () => transport.close(),
  };
}
