/**
 * The HTTPS server of the web view. Read-only: a few fixed paths, of which only logging in reads a body. Everybody who can reach the port
 * may call: everything is bounded, and nothing of the cluster is told before the API server has said who asks and what they may list.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { bound, connectionsCheckingInterval, maxHeaderSize } from '../../platform/observability/http-bounds.js';
import { type Access, badToken, type Verdict } from './access.js';
import type { Refusal } from './contract.js';
import { isCalledBy, isOwnOrigin } from './hosts.js';
import { type Page, securityHeaders } from './page.js';
import { closeStream, endStreams, mostStreams, openStream, type Streams } from './streams.js';
import { cookieWith, isToken, noCookie, tokenOf } from './token.js';

export interface WebServer {
  readonly port: number;
  /** Serves with another certificate from the next connection on. PEM. */
  use(credentials: { readonly certificate: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** A browser opens six connections at most, and one of them is its stream. */
const bounds = {
  connections: 128,
  rates: { all: 200, each: 50 },
  headersMs: 5_000,
  requestMs: 10_000,
  idleMs: 30_000,
};

const handshakeMs = 5_000;
/** Of a request that logs in, in bytes. */
const mostBody = 8 * 1024;

export interface Served {
  readonly page: Page;
  readonly access: Access;
  readonly streams: Streams;
  /** By which the view is called. */
  readonly names: readonly string[];
}

type Handler = (request: IncomingMessage, response: ServerResponse, served: Served) => void | Promise<void>;

/** By path, then by method. */
const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/session': { GET: tellSession, POST: logIn, DELETE: logOut },
  '/events': { GET: stream },
};

/** Rejects with the system's error (EADDRINUSE, EACCES, …) when it cannot listen. Without a certificate no handshake succeeds. */
export async function serveWeb(
  listen: { readonly host?: string; readonly port: number },
  served: Served,
): Promise<WebServer> {
  const secure = { minVersion: 'TLSv1.2' } as const;
  const http = { maxHeaderSize, connectionsCheckingInterval, handshakeTimeout: handshakeMs };
  const server = createServer({ ...secure, ...http }, (request, response) => {
    void handle(request, response, served);
  });
  const { backlog } = bound(server, bounds);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen({ ...listen, backlog });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    use: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key, ...secure }),
    close: async () => {
      if (!server.listening) return;
      endStreams(served.streams, stopping);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  response.setHeader('cache-control', 'no-store');
  const { method = '', headers } = request;
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  // What the header says is not repeated: whoever sees this page may not be who sent it.
  if (!isCalledBy(headers.host, served.names)) return refuse(response, 421, wrongHost);
  const file = served.page.get(path);
  const handlers = file === undefined ? (Object.hasOwn(routes, path) ? routes[path] : undefined) : { GET: sendFile };
  if (handlers === undefined) return refuse(response, 404, noSuchPath);
  const known = method === 'HEAD' ? 'GET' : method;
  const handler = Object.hasOwn(handlers, known) ? handlers[known as keyof typeof handlers] : undefined;
  if (handler === undefined) {
    response.setHeader('allow', Object.keys(handlers).join(', '));
    return refuse(response, 405, wrongMethod);
  }
  if (known !== 'GET' && !isOwnOrigin(headers.origin, headers.host)) return refuse(response, 403, otherOrigin);
  try {
    await handler(request, response, served);
  } catch (error) {
    // Nobody knows what it would say.
    if (!response.headersSent && !request.destroyed) refuse(response, 500, failed);
    else request.destroy(error as Error);
  }
}

function sendFile(request: IncomingMessage, response: ServerResponse, { page }: Served): void {
  const file = page.get((request.url ?? '/').split('?', 1)[0] ?? '/')!;
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

async function tellSession(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const verdict = await verdictOf(request, served);
  if (!verdict.allowed) return refuseVerdict(response, verdict);
  sendJson(response, 200, verdict.session);
}

async function logIn(request: IncomingMessage, response: ServerResponse, { access }: Served): Promise<void> {
  if (request.headers['content-type'] !== 'text/plain') return refuse(response, 415, wrongType);
  const body = await read(request);
  if (body === undefined) return refuse(response, 413, noToken);
  const token = body.trim();
  if (!isToken(token)) return refuse(response, 400, noToken);
  const verdict = await access.of(token);
  if (!verdict.allowed) return refuseVerdict(response, verdict);
  response.setHeader('set-cookie', cookieWith(token));
  sendJson(response, 200, verdict.session);
}

function logOut(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, { 'set-cookie': noCookie }).end();
}

async function stream(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const verdict = await verdictOf(request, served);
  if (!verdict.allowed) return refuseVerdict(response, verdict);
  const { streams } = served;
  if (streams.open.size >= mostStreams) return refuse(response, 503, tooMany);
  if (request.destroyed) return;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const opened = openStream(streams, response, { session: verdict.session, ask: () => verdictOf(request, served) });
  response.once('close', () => closeStream(streams, opened));
}

function verdictOf({ headers }: IncomingMessage, { access }: Served): Promise<Verdict> {
  const token = tokenOf(headers);
  return token === undefined ? Promise.resolve({ allowed: false, ...loggedOut }) : access.of(token);
}

/** Undefined: it is too long. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

const codes = {
  'no-token': 401,
  'bad-token': 401,
  forbidden: 403,
  busy: 503,
  unavailable: 503,
  'bad-request': 400,
} as const;

function refuseVerdict(response: ServerResponse, { kind, problem, remedy }: Refusal): void {
  // A token that is of no use any more is not sent again.
  if (kind === 'bad-token') response.setHeader('set-cookie', noCookie);
  refuse(response, codes[kind], { kind, problem, remedy });
}

/** The connection ends with it: what was not read of a body is not read any more. */
function refuse(response: ServerResponse, status: number, refusal: Refusal): void {
  response.setHeader('connection', 'close');
  if (status === 503) response.setHeader('retry-after', '5');
  sendJson(response, status, refusal);
}

function sendJson(response: ServerResponse, status: number, json: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(json)}\n`);
}

const bad = (problem: string, remedy: string): Refusal => ({ kind: 'bad-request', problem, remedy });
const wrongHost = bad(
  'The view is not served by the name that it was called by.',
  'Call it by localhost (kubectl port-forward), or name the host in controller.web.hosts of the chart (--web-hosts).',
);
const noSuchPath = bad('There is nothing at this path.', 'Open /.');
const wrongMethod = bad('The view is read-only: this method is not served here.', 'Use GET.');
const otherOrigin = bad('Another site has sent this.', 'Open the view itself, at /.');
const wrongType = bad('The token is to be sent as it is.', 'Send it with Content-Type: text/plain.');
const noToken = bad('This is no token.', badToken.allowed ? '' : badToken.remedy);
const failed = bad('The view failed at this.', 'Look into the log of the controller.');
const loggedOut: Refusal = {
  kind: 'no-token',
  problem: 'You are not logged in.',
  remedy: badToken.allowed ? '' : badToken.remedy,
};
const tooMany: Refusal = {
  kind: 'busy',
  problem: `There are ${mostStreams} open views, which is as many as are served.`,
  remedy: 'Close some, or wait.',
};
const stopping: Refusal = {
  kind: 'unavailable',
  problem: 'This controller stops.',
  remedy: 'The page looks for its successor by itself.',
};
