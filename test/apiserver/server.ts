// Owns: the life of a small Kubernetes API server with its state in memory, for tests and the playground.
// Refuses to know: what an Eip is.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { writeKubeconfig } from '../cluster/kubeconfig.js';
import { admitEverything } from './admission/attributes.js';
import { createFailurePlan, type Faults } from './faults.js';
import { handle } from './http/handle.js';
import { sendFailure } from './http/respond.js';
import type { ServedWatch } from './http/serve-watch.js';
import { followAllocations } from './kinds/service-allocation.js';
import type { JsonMap } from './object.js';
import { collectGarbage } from './operations/collect-garbage.js';
import { create } from './operations/create.js';
import type { Environment } from './operations/environment.js';
import { createRegistry } from './registry.js';
import { seed } from './seed.js';
import { Failure } from './status.js';
import { createStore } from './storage/store.js';

export interface ApiServerOptions {
  /** The address to listen on; default 127.0.0.1. */
  readonly address?: string;
  /** The port; default a free one. */
  readonly port?: number;
  /** CustomResourceDefinitions to serve from the start. */
  readonly crds?: readonly object[];
  /** Called with `GET /api/v1/nodes 200` for every answer. */
  readonly log?: (line: string) => void;
  /** What is wrong with who asks for this, as far as that is known from the request; undefined: nothing. Default: everybody may do everything. */
  readonly authorize?: (method: string, url: URL, userAgent: string) => string | undefined;
  /** How often watches that want bookmarks get one; default 10 s. */
  readonly bookmarkIntervalMs?: number;
}

export interface ApiServer {
  readonly url: string;
  readonly faults: Faults;
  /** Writes a kubeconfig to `path` and returns the path. */
  kubeconfig(path: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the server. Rejects when the address cannot be listened on. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const store = createStore();
  const registry = await createRegistry(store);
  const environment: Environment = {
    store,
    registry,
    allocations: followAllocations(store),
    now: Date.now,
    randomUid: randomUUID,
    admit: admitEverything,
  };
  seed(environment);
  for (const definition of options.crds ?? []) createDefinition(environment, definition as JsonMap);
  scheduleCollection(environment);

  const { address = '127.0.0.1' } = options;
  const plan = createFailurePlan();
  const watches = new Set<ServedWatch>();
  const sockets = new Set<Socket>();
  let frozen = new WeakSet<Socket>();
  let delayMs = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const canWrite = () => !frozen.has(request.socket);
    const url = new URL(request.url ?? '/', 'http://server');
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    try {
      if (!canWrite()) return;
      const forbidden = options.authorize?.(request.method!, url, request.headers['user-agent'] ?? '');
      if (forbidden !== undefined) throw new Failure(403, 'Forbidden', `forbidden: ${forbidden}`);
      plan.check({ method: request.method!, path: url.pathname, watch: url.searchParams.has('watch') });
      await handle(environment, { request, response, url, canWrite, watches });
    } catch (error) {
      if (!canWrite() || response.headersSent) return;
      sendFailure(response, error instanceof Failure ? error : internal(error));
    } finally {
      options.log?.(`${request.method} ${request.url} ${response.statusCode}`);
    }
  };
  const http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void answer(request, response));
  http.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = async (port: number) => {
    http.listen(port, address);
    await once(http, 'listening');
    return (http.address() as AddressInfo).port;
  };
  const close = async () => {
    for (const watch of [...watches]) watch.end();
    const closed = once(http, 'close');
    http.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(options.port ?? 0);
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const bookmark = () => {
    for (const watch of [...watches]) watch.bookmark();
  };
  const bookmarks = setInterval(bookmark, options.bookmarkIntervalMs ?? 10_000).unref();

  return {
    url,
    faults: {
      failNext: plan.add,
      delay(milliseconds) {
        delayMs = milliseconds;
      },
      dropWatches(how = 'clean') {
        for (const watch of [...watches])
          if (how === 'clean') watch.end();
          else watch.reset();
      },
      halfOpen() {
        frozen = new WeakSet([...sockets]);
      },
      bookmark,
      expireHistory: () => store.compact(),
      async restart(pauseMs = 0) {
        await close();
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        await listen(port);
      },
    },
    async kubeconfig(path) {
      await writeKubeconfig(path, { url });
      return path;
    },
    async stop() {
      clearInterval(bookmarks);
      if (http.listening) await close();
    },
  };
}

function createDefinition(environment: Environment, definition: JsonMap): void {
  const found = environment.registry.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!;
  const target = { ...found, namespace: undefined, name: undefined, subresource: undefined };
  create(environment, target, definition, {
    fieldManager: 'small-apiserver',
    fieldValidation: 'Strict',
    dryRun: false,
    warnings: [],
  });
}

/** Collects after writes that can leave garbage, never in the middle of one; bounded, since every pass removes something. */
function scheduleCollection(environment: Environment): void {
  let scheduled = false;
  environment.store.subscribe(({ type, object }) => {
    const { deletionTimestamp, ownerReferences } = object.metadata;
    if (scheduled || (type !== 'DELETED' && !deletionTimestamp && !ownerReferences)) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (collectGarbage(environment)) scheduled = false;
    });
  });
}

function internal(error: unknown): Failure {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Failure(500, 'InternalError', `Internal error occurred: ${text}`);
}
