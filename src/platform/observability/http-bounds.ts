/** What an HTTP server of ours allows to everybody who can reach its port, before anything is parsed. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createConnectionRate, type Rates } from './connection-rate.js';

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

/** Before it listens. */
export function bound(server: Server, { connections, rates, headersMs, requestMs, idleMs }: HttpBounds): void {
  const open = new Set<Socket>();
  const rate = createConnectionRate(rates);
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (!rate.admits(socket.remoteAddress ?? '', performance.now())) {
      socket.destroy();
      return;
    }
    for (const each of serve) each.call(server, socket);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > connections) oldest?.destroy();
  });
  server.maxHeadersCount = mostHeaders;
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  server.keepAliveTimeout = idleMs;
  // What is no HTTP gets no answer worth the work.
  server.on('clientError', (_error, socket) => socket.destroy());
  // An upgrade or a tunnel is nothing that anybody here serves.
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('upgrade', (_request, socket) => socket.destroy());
}
