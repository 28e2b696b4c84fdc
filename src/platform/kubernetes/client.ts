import { setMaxListeners } from 'node:events';
import { identityOf } from './admission.js';
import { apiErrorOf, isAbsent } from './api-error.js';
import type { CallOptions, Query, Selection } from './call.js';
import { type Clock, systemClock } from './clock.js';
import { ConnectionError } from './connection-error.js';
import type { Connection } from './credentials.js';
import type { Fence } from './fence.js';
import { createLineSplitter } from './line-splitter.js';
import { listPages } from './list-pages.js';
import {
  apiVersionOf,
  type KubernetesObject,
  keyOf,
  type ObjectList,
  parseKey,
  pathOf,
  type Resource,
} from './resource.js';
import { type Exchange, openTransport, type Response, type Transport } from './transport.js';

/**
 * Owns: the verbs of the Kubernetes API.
 * Every method fails with ApiError (the server refused), ConnectionError (no talking to it) or the reason of an abort.
 */

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** What must still be true of the object on the server; otherwise the write is refused (409 or 422). */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** The server accepted the watch. */
  readonly onOpen?: () => void;
  /** Silence longer than this means that the connection is dead; default 6 min. */
  readonly idleMs?: number;
}

/** A key is `namespace/name`, or `name` for what is cluster-scoped. */
export interface ApiClient {
  readonly connection: Connection;
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
  remove(
    resource: Resource,
    key: string,
    o?: Preconditions & { propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' },
  ): Promise<boolean>;
  /** Server-side apply: `body` holds exactly the fields that `fieldManager` owns; apiVersion, kind and name are filled in. */
  apply<T>(
    resource: Resource,
    key: string,
    body: object,
    o: { fieldManager: string; force?: boolean; subresource?: string },
  ): Promise<T>;
  /** RFC 7386; preconditions go into the patch as metadata. */
  mergePatch<T>(
    resource: Resource,
    key: string,
    patch: object,
    o?: Preconditions & { subresource?: string; fieldManager?: string },
  ): Promise<T>;
  /** RFC 6902; preconditions become `test` operations in front. */
  jsonPatch<T>(
    resource: Resource,
    key: string,
    operations: readonly JsonPatchOperation[],
    o?: Preconditions & { subresource?: string; fieldManager?: string },
  ): Promise<T>;
  /** Calls `onLine` for each line until the server ends the stream (resolves) or it breaks (rejects). */
  watch(path: string, query: Query, onLine: (line: string) => void, o?: AbortSignal | WatchOptions): Promise<void>;
  /** The same client, but writes (all but GET) leave only past this fence. It closes with this one. */
  fencedBy(fence: Fence): ApiClient;
  /** Another client of the same server with connections of its own, which a busy one cannot hold up. */
  reopen(): ApiClient;
  close(): void;
}

const defaultTimeoutMs = 10_000;
const defaultIdleMs = 360_000;

/**
 * @param o.program which of the programs speaks, for the server's logs
 * @param o.onCall told of every finished request, for metrics; `code` is the HTTP status or the kind of ConnectionError
 */
export function openClient(
  connection: Connection,
  o: {
    clock?: Clock;
    program?: string;
    onCall?: (call: { method: string; path: string; code: string; ms: number }) => void;
  } = {},
): ApiClient {
  return clientOn(openTransport(connection, o.clock ?? systemClock, o.program), connection, o);
}

type ClientOptions = NonNullable<Parameters<typeof openClient>[1]>;

function clientOn(transport: Transport, connection: Connection, o: ClientOptions, fence?: Fence): ApiClient {
  const clock = o.clock ?? systemClock;

  async function call(exchange: Exchange, timeoutMs: number): Promise<Response> {
    const started = clock.now();
    const path = exchange.path.replace(/\?.*/, '');
    const done = (code: string) => o.onCall?.({ method: exchange.method, path, code, ms: clock.now() - started });
    try {
      const response = await transport.call(exchange, timeoutMs);
      done(String(response.status));
      return response;
    } catch (error) {
      done(error instanceof ConnectionError ? error.kind : 'aborted');
      throw error;
    }
  }

  async function request<T>(options: CallOptions): Promise<T> {
    const writes = fence !== undefined && options.method !== 'GET';
    const exchange: Exchange = {
      ...(writes ? { beforeSending: fence.check } : {}),
      method: options.method,
      path: withQuery(options.path, options.query),
      accept: options.accept ?? 'application/json',
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      contentType: options.body === undefined ? undefined : (options.contentType ?? 'application/json'),
      signal: writes ? either(fence.signal, options.signal) : options.signal,
    };
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    let response = await call(exchange, timeoutMs);
    if (response.status === 401) {
      // Tokens expire between two looks at their file: once more with what is there now.
      connection.refresh();
      response = await call(exchange, timeoutMs);
    }
    if (response.status < 200 || response.status > 299) throw refusal(exchange, response);
    try {
      return (response.body === '' ? undefined : JSON.parse(response.body)) as T;
    } catch (cause) {
      throw new ConnectionError(
        'interrupted',
        `${exchange.method} ${exchange.path}: ${connection.server.origin} (from ${connection.origin}) answered ` +
          'with something that is not JSON. Check that it is a Kubernetes API server',
        cause,
      );
    }
  }

  function refusal(exchange: Exchange, response: Response): Error {
    const { method, path } = exchange;
    const error = apiErrorOf({
      method,
      path,
      code: response.status,
      headers: response.headers,
      body: response.body,
      wallMs: clock.wall(),
    });
    if (response.status !== 401) return error;
    return new ConnectionError(
      'unauthorised',
      `the API server ${connection.server.origin} does not accept the credentials of ${connection.origin}: ` +
        `${error.message}. Check the token or client certificate there, and whether it has expired`,
      error,
    );
  }

  function patch<T>(
    contentType: string,
    resource: Resource,
    key: string,
    body: unknown,
    o: { subresource?: string; fieldManager?: string; force?: boolean },
  ): Promise<T> {
    const path = pathOf(resource, { ...parseKey(key), subresource: o.subresource });
    const query = { fieldManager: o.fieldManager, force: o.force };
    return request<T>({ method: 'PATCH', path, query, body, contentType });
  }

  return {
    connection,
    request,
    async get<T>(resource: Resource, key: string) {
      const path = pathOf(resource, parseKey(key));
      try {
        const object = await request<T | null | undefined>({ method: 'GET', path });
        if (object && identityOf(object)?.name === parseKey(key).name) return object;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
      throw new ConnectionError('interrupted', `GET ${path}: the server answered with what is no object of that name`);
    },
    list: <T>(resource: Resource, selection: Selection = {}) => listPages<T>(request, resource, selection),
    create: (resource, object, { fieldManager } = {}) =>
      request({
        method: 'POST',
        path: pathOf(resource, { namespace: object.metadata.namespace }),
        query: { fieldManager },
        body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
      }),
    replace: (resource, object, options = {}) =>
      request({
        method: 'PUT',
        path: pathOf(resource, { ...parseKey(keyOf(object.metadata)), subresource: options.subresource }),
        body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
      }),
    async remove(resource, key, { uid, resourceVersion, propagationPolicy } = {}) {
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy,
        preconditions: { uid, resourceVersion },
      };
      try {
        await request({ method: 'DELETE', path: pathOf(resource, parseKey(key)), body });
        return true;
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
    },
    apply(resource, key, body, options) {
      const metadata = { ...(body as Partial<KubernetesObject>).metadata, ...parseKey(key) };
      const whole = { ...body, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
      return patch('application/apply-patch+yaml', resource, key, whole, options);
    },
    mergePatch(resource, key, body, { uid, resourceVersion, ...options } = {}) {
      const metadata = { ...(body as Partial<KubernetesObject>).metadata, uid, resourceVersion };
      const guarded = uid === undefined && resourceVersion === undefined ? body : { ...body, metadata };
      return patch('application/merge-patch+json', resource, key, guarded, options);
    },
    jsonPatch(resource, key, operations, { uid, resourceVersion, ...options } = {}) {
      const tests = Object.entries({ uid, resourceVersion })
        .filter(([, value]) => value !== undefined)
        .map(([field, value]) => ({ op: 'test', path: `/metadata/${field}`, value }));
      return patch('application/json-patch+json', resource, key, [...tests, ...operations], options);
    },
    async watch(path, query, onLine, options = {}) {
      const { signal, onOpen, idleMs } = options instanceof AbortSignal ? { signal: options } : options;
      const exchange: Exchange = { method: 'GET', path: withQuery(path, query), accept: 'application/json', signal };
      const onData = createLineSplitter(onLine);
      const response = await transport.stream(exchange, { idleMs: idleMs ?? defaultIdleMs, onOpen, onData });
      if (response === undefined) return;
      if (response.status === 401) connection.refresh();
      throw refusal(exchange, response);
    },
    fencedBy: (other) => {
      // Each write under way listens to it.
      setMaxListeners(0, other.signal);
      return clientOn(transport, connection, o, other);
    },
    reopen: () => openClient(connection, o),
    close: () => transport.close(),
  };
}

function either(a: AbortSignal, b: AbortSignal | undefined): AbortSignal {
  return b === undefined ? a : AbortSignal.any([a, b]);
}

function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]))}`;
}
