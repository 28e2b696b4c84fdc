import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KubernetesObject } from '../../../../src/platform/kubernetes/resource.js';

/** One collection on an HTTP server, listed and watched as kube-apiserver does it, and every way it can go wrong. */
export interface FaultServer {
  readonly url: string;
  readonly requests: Seen[];
  /** Connections accepted since the start. */
  readonly connections: () => number;
  /** Open watches, oldest first. */
  readonly watchers: Watcher[];
  put(object: { metadata: { name: string; namespace?: string; uid?: string } } & Record<string, unknown>): Held;
  get(key: string): Held | undefined;
  remove(key: string): void;
  bookmark(): void;
  /** Raises the version without touching an object. */
  tick(n: number): void;
  /** Forgets the history: watches from before get 410. */
  compact(): void;
  /** Forgets what happened, and accepts watches from before all the same. */
  forgetHistory(): void;
  /** Forgets everything but these objects, goes on from `version` (default 1). */
  restore(version?: number, kept?: readonly Held[]): void;
  /** Answers the next matching request itself; true from `handle` means it did. Stays until removed. */
  fault(handle: (request: Seen, response: ServerResponse) => boolean): () => void;
  /** Stops listening and cuts every connection; `start` again on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Watcher {
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  /** Raw bytes into the stream. */
  write(bytes: string | Uint8Array): void;
  send(type: string, object: unknown): void;
  /** Its stream stays open, but nothing that happens reaches it; `write` does. */
  mute(): void;
  end(): void;
  /** FIN in the middle of the body. */
  cut(): void;
  /** TCP RST. */
  reset(): void;
}

export type Held = KubernetesObject & { metadata: { resourceVersion: string; uid: string } };

/** The path of one object of a cluster-scoped kind. */
const oneObject = /^\/apis\/[^/]+\/[^/]+\/(?!namespaces\/)[^/]+\/([^/]+)$/;

export function status(code: number, reason: string, message: string, details?: object): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

export function answer(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
}

export async function startFaultServer(o: { tls?: ServerOptions } = {}): Promise<FaultServer> {
  const objects = new Map<string, Held>();
  let history: { version: number; type: string; object: Held }[] = [];
  let version = 100;
  let compacted = 100;
  let uids = 0;
  let port = 0;
  let accepted = 0;
  let server: http.Server;
  let sockets = new Set<Socket>();
  const requests: Seen[] = [];
  const watchers: Watcher[] = [];
  let faults: ((request: Seen, response: ServerResponse) => boolean)[] = [];
  const keyOf = ({ metadata: { namespace, name } }: KubernetesObject) => (namespace ? `${namespace}/${name}` : name);

  function record(type: string, object: Held): void {
    history.push({ version, type, object });
    for (const watcher of [...watchers]) watcher.send(type, object);
  }

  function list(query: URLSearchParams, response: ServerResponse): void {
    const all = [...objects.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const from = Number(query.get('continue') ?? 0);
    // As kube-apiserver: from its watch cache (resourceVersion=0) it does not cut pages.
    const limit = query.get('resourceVersion') === '0' ? Infinity : Number(query.get('limit') ?? Infinity);
    const more = from + limit < all.length;
    answer(response, 200, {
      kind: 'List',
      metadata: {
        resourceVersion: String(version),
        ...(more ? { continue: String(from + limit), remainingItemCount: all.length - from - limit } : {}),
      },
      items: all.slice(from, from + limit),
    });
  }

  function one(name: string, response: ServerResponse): void {
    const object = objects.get(decodeURIComponent(name));
    if (object === undefined) answer(response, 404, status(404, 'NotFound', `there is no ${name}`));
    else answer(response, 200, object);
  }

  function watch(query: URLSearchParams, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const from = Number(query.get('resourceVersion'));
    let muted = false;
    const watcher: Watcher = {
      query,
      response,
      write: (bytes) => void response.write(bytes),
      send: (type, object) => {
        if (!muted) watcher.write(`${JSON.stringify({ type, object })}\n`);
      },
      mute() {
        muted = true;
      },
      end: () => void response.end(),
      cut: () => void response.socket?.destroy(),
      reset: () => void response.socket?.resetAndDestroy(),
    };
    if (from < compacted) {
      watcher.send('ERROR', status(410, 'Expired', `too old resource version: ${from} (${compacted})`));
      watcher.end();
      return;
    }
    watchers.push(watcher);
    response.on('close', () => watchers.splice(watchers.indexOf(watcher), 1));
    for (const past of history) if (past.version > from) watcher.send(past.type, past.object);
  }

  function route(seen: Seen, response: ServerResponse): void {
    if (faults.some((handle) => handle(seen, response))) return;
    if (seen.method !== 'GET') answer(response, 405, status(405, 'MethodNotAllowed', 'only for reading'));
    else if (seen.query.get('watch') === 'true') watch(seen.query, response);
    else if (oneObject.test(seen.path)) one(oneObject.exec(seen.path)![1]!, response);
    else list(seen.query, response);
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://x');
      const { method = '', headers } = request;
      const seen = { method, path, query, headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.push(seen);
      route(seen, response);
    });
    request.on('error', () => {});
    response.on('error', () => {});
  }

  async function start(): Promise<void> {
    server = o.tls ? https.createServer(o.tls, onRequest) : http.createServer(onRequest);
    server.on(o.tls ? 'secureConnection' : 'connection', () => {
      accepted += 1;
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  }

  await start();
  return {
    url: `${o.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    connections: () => accepted,
    watchers,
    put(object) {
      version += 1;
      const key = keyOf(object);
      const old = objects.get(key);
      uids += 1;
      const uid = object.metadata.uid ?? old?.metadata.uid ?? `uid-${uids}`;
      const held: Held = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(version) } };
      objects.set(key, held);
      record(old ? 'MODIFIED' : 'ADDED', held);
      return held;
    },
    get: (key) => objects.get(key),
    remove(key) {
      const old = objects.get(key);
      if (!old) throw new Error(`no ${key}`);
      version += 1;
      objects.delete(key);
      record('DELETED', { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } });
    },
    bookmark() {
      for (const watcher of watchers) watcher.send('BOOKMARK', { metadata: { resourceVersion: String(version) } });
    },
    tick(n) {
      version += n;
    },
    compact() {
      compacted = version;
      history = [];
    },
    forgetHistory() {
      history = [];
    },
    restore(from = 1, kept = []) {
      objects.clear();
      for (const object of kept) objects.set(keyOf(object), object);
      history = [];
      version = from;
      compacted = from;
    },
    fault(handle) {
      faults.push(handle);
      return () => {
        faults = faults.filter((each) => each !== handle);
      };
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      sockets = new Set();
      await closed;
    },
    start,
  };
}
