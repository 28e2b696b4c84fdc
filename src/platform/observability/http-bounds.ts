/** What an HTTP server of ours allows to everybody who can reach its port, before anything is parsed. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createConnectionRate, momentMs, type Rates } from './connection-rate.js';
import { isLoopback } from './loopback.js';

export interface HttpBounds {
  /** Connections at the same time. Beyond them the oldest is closed: who holds many open keeps nobody else out. */
  readonly connections: number;
  /** How many new ones are taken in; others are closed before anything is read. */
  readonly rates: Rates;
  /** How long the headers of a request may take, and the whole of it, in milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How long an idle connection stays open, in milliseconds. */
  readonly idleMs: number;
}

/** The headers of one request, in bytes: an option of `createServer`. */
export const maxHeaderSize = 8 * 1024;

/** Node looks for requests that take too long only this often, in milliseconds: an option of `createServer`. */
export const connectionsCheckingInterval = 1_000;

const mostHeaders = 64;

/**
 * Before it listens, with this `backlog`: what waits in the kernel has memory of its own.
 *
 * Rates are for what comes from other machines. Programs of this one, such as the kubelet with its probes, always get in, and cost them
 * who would keep them out no less than us.
 */
export function bound(
  server: Server,
  { connections, rates, headersMs, requestMs, idleMs }: HttpBounds,
): { readonly backlog: number } {
  const open = new Set<Socket>();
  const rate = createConnectionRate(rates);
  const serve = server.listeners('connection');

  /** For a moment the server closes connections without making a socket of them, which takes a tenth of the work and memory. */
  function shut(): void {
    server.maxConnections = -1; // 0 means no bound to Node 20
    setTimeout(() => {
      server.maxConnections = Number.POSITIVE_INFINITY;
    }, momentMs).unref();
  }

  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const now = performance.now();
    if (!isLoopback(remoteAddress) && !rate.admits(remoteAddress!, now)) {
      socket.destroy();
      if (rate.isFlooded(now)) shut();
      return;
    }
    for (const each of serve) each.call(server, socket);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > connections) oldest?.destroy();
  });
  oneAtATime(server);
  server.maxHeadersCount = mostHeaders;
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  server.keepAliveTimeout = idleMs;
  // What is no HTTP gets no answer worth the work.
  server.on('clientError', (_error, socket) => socket.destroy());
  // An upgrade or a tunnel is nothing that anybody here serves.
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('upgrade', (_request, socket) => socket.destroy());
  return { backlog: connections };
}

/**
 * Closes a connection on which requests come before the one ahead of them is answered. HTTP allows that and nobody who is served here does
 * it; Node would begin all of them, some thousand in each portion that it reads, and read on. Answered is what has been said whole: whoever
 * has read an answer may send the next request before this process hears that the answer was written.
 */
function oneAtATime(server: Server): void {
  const answers = new WeakMap<Socket, ServerResponse>();
  const serve = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (socket.destroyed || answers.get(socket)?.writableEnded === false) {
      socket.destroy();
      return;
    }
    answers.set(socket, response);
    for (const each of serve) each.call(server, request, response);
  });
}
