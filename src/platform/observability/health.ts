/**
 * The HTTP server behind `--health-address` and `--metrics-address`: fixed GET routes, nothing else.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** What answers GET on one path. A rejection becomes 500 with the error's message. */
export type Route = () => Answer | Promise<Answer>;

export interface HealthServer {
  /** Where it listens: `host:port`, or the path of the Unix socket. */
  readonly address: string;
  close(): Promise<void>;
}

/** `{ path }` is a Unix socket; a host is an IP address or absent for every address of the machine. */
export type ListenAddress = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Starts listening; rejects with the system's error (EADDRINUSE, EACCES, …) when it cannot. */
export function serveRoutes(listen: ListenAddress, routes: Readonly<Record<string, Route>>): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const send = (answer: Answer) => {
      response.writeHead(answer.status, { 'content-type': answer.contentType ?? 'text/plain; charset=utf-8' });
      response.end(request.method === 'HEAD' ? undefined : answer.body);
    };
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send({ status: 405, body: 'only GET is served\n' });
    if (route === undefined) return send({ status: 404, body: `known paths: ${Object.keys(routes).join(' ')}\n` });
    Promise.resolve()
      .then(route)
      .then(send, (error: Error) => send({ status: 500, body: `${error.message}\n` }));
  });
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 5_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen('path' in listen ? { path: listen.path } : { host: listen.host, port: listen.port }, () => {
      server.off('error', reject);
      resolve({ address: addressText(server.address()), close: () => closeServer(server) });
    });
  });
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
