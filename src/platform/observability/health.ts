/**
 * The HTTP server behind `--health-address` and `--metrics-address`: fixed GET routes, nothing else.
 */
import { createServer } from 'node:http';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import { bound, connectionsCheckingInterval, maxHeaderSize } from './http-bounds.js';
import { isLoopback } from './loopback.js';

export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** What answers GET on one path, whatever its query. A rejection becomes 500 with the error's message. @param url with the query */
export type Route = (url: string) => Answer | Promise<Answer>;

export type Routes = Readonly<Record<string, Route>>;

export interface HealthServer {
  /** Where it listens: `host:port`, or the path of the Unix socket. */
  readonly address: string;
  close(): Promise<void>;
}

/** `{ path }` is a Unix socket; a host is an IP address or absent for every address of the machine. */
export type ListenAddress = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Probes and scrapes are few and short; who else connects can hold up no more than the other places. */
const bounds = { connections: 64, rates: { all: 100, each: 25 }, headersMs: 5_000, requestMs: 5_000, idleMs: 5_000 };

/**
 * Starts listening; rejects with the system's error (EADDRINUSE, EACCES, …) when it cannot.
 *
 * @param local routes that are answered only over loopback and Unix sockets, wherever the server listens
 */
export function serveRoutes(listen: ListenAddress, routes: Routes, local: Routes = {}): Promise<HealthServer> {
  const server = createServer({ maxHeaderSize, connectionsCheckingInterval }, (request, response) => {
    const url = request.url ?? '/';
    const path = url.split('?', 1)[0] ?? '/';
    const send = (answer: Answer) => {
      const contentType = answer.contentType ?? 'text/plain; charset=utf-8';
      // What comes after the headers is not read; and who asks often needs as many connections, of which so many are taken in.
      response.writeHead(answer.status, { 'content-type': contentType, connection: 'close' });
      response.end(request.method === 'HEAD' ? undefined : answer.body);
    };
    const here = isLocal(request.socket) && isOwnName(request.headers.host);
    const served = here ? { ...routes, ...local } : routes;
    const route = Object.hasOwn(served, path) ? served[path] : undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send({ status: 405, body: 'only GET is served\n' });
    if (!here && Object.hasOwn(local, path))
      return send({ status: 403, body: 'only this machine itself is told that\n' });
    if (route === undefined) return send({ status: 404, body: `known paths: ${Object.keys(served).join(' ')}\n` });
    Promise.resolve()
      .then(() => route(url))
      .then(send, (error: Error) => send({ status: 500, body: `${error.message}\n` }));
  });
  const { backlog } = bound(server, bounds);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...listen, backlog }, () => {
      server.off('error', reject);
      resolve({ address: addressText(server.address()), close: () => closeServer(server) });
    });
  });
}

/** Both ends: where the kernel routes packets for loopback addresses that come in by a NIC, one of them alone says little. */
function isLocal({ localAddress, remoteAddress }: Socket): boolean {
  return isLoopback(localAddress) && isLoopback(remoteAddress);
}

/**
 * Whether a request was meant for this machine, by the name in its header: an address, or `localhost`. A page from elsewhere can have a
 * browser that runs here ask by a name of its own, which it has resolve to this machine.
 */
function isOwnName(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d*$/, '');
  return name === '' || name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** A route that answers 200 `ok`, or 503 with what `problem` says. */
export function healthRoute(problem: () => string | undefined): Route {
  return () => {
    const text = problem();
    return text === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${text}\n` };
  };
}

function addressText(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
