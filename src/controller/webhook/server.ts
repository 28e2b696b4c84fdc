/**
 * The HTTPS server that the API server calls. It has one certificate, whatever name it is called by. Everybody who can reach the port may
 * call, so nothing is read before its size is known and allowed, and reviews are made one at a time, with turns of the event loop between.
 * The API server is known by its client certificate, where it has one, or by the path it calls, which only our configuration tells.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { bound, connectionsCheckingInterval, maxHeaderSize } from '../../platform/observability/http-bounds.js';
import type { ClientAuthority } from './client-authority.js';
import { createIntake, type Intake, maxBodyBytes, perSecond } from './intake.js';
import { jsonExcess } from './json-bounds.js';
import type { Answer } from './review.js';

export interface WebhookServer {
  readonly port: number;
  /** Serves with another certificate from the next connection on. PEM. */
  use(credentials: { readonly certificate: string; readonly key: string; readonly pathToken?: string }): void;
  close(): Promise<void>;
}

/** What is served on one path, and on the same followed by the token. */
export interface Route {
  /** @param isKnown whether the caller is known to be the API server */
  answer(body: string, isKnown: boolean): Answer | Promise<Answer>;
  /** What the API server is told of a body of which only the beginning was read; without it, the request fails. */
  unread?(head: string, why: string): Answer;
  /** Whether nobody else is answered. */
  readonly onlyKnown?: boolean;
}

export type Routes = Readonly<Record<string, Route>>;

/** An API server opens few connections, and keeps one for as long as it may: so it never writes into one that we are closing. */
const bounds = {
  connections: 64,
  rates: { all: 200, each: 100 },
  headersMs: 5_000,
  requestMs: 5_000,
  idleMs: 120_000,
};

/** How long a TLS handshake may take, in milliseconds. */
const handshakeMs = 5_000;

/** What is read of a body that is refused with an answer, in bytes; all of it is taken off the line, up to so much. */
const headBytes = 16 * 1024;
const mostDrained = 32 * 1024 * 1024;

interface Serving {
  readonly routes: Routes;
  /** That of the API server is its own: nobody else can use it up. */
  readonly intakes: { readonly anybody: Intake; readonly apiServer: Intake };
  readonly clients: ClientAuthority | undefined;
  pathToken: string;
  /** The reviews that are under way, one after the other. */
  turn: Promise<unknown>;
}

/**
 * Rejects with the system's error (EADDRINUSE, EACCES, …) when it cannot listen. Without a certificate no handshake succeeds.
 *
 * @param clients who may call; without it anybody may
 */
export async function serveWebhook(
  listen: { readonly host?: string; readonly port: number },
  routes: Routes,
  clients?: ClientAuthority,
): Promise<WebhookServer> {
  const intakes = { anybody: createIntake(), apiServer: createIntake(perSecond.apiServer) };
  const serving: Serving = { routes, intakes, clients, pathToken: '', turn: Promise.resolve() };
  const authority =
    clients === undefined ? {} : { ca: clients.certificates, requestCert: true, rejectUnauthorized: true };
  const secure = { minVersion: 'TLSv1.2', ...authority } as const;
  const http = { maxHeaderSize, connectionsCheckingInterval, handshakeTimeout: handshakeMs };
  const server = createServer({ ...secure, ...http }, (request, response) => {
    void handle(request, response, serving);
  });
  const { backlog } = bound(server, bounds);
  // A client that gives up half-way, or may not call, is its own business.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen({ host: listen.host, port: listen.port, backlog });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    use: ({ certificate, key, pathToken = '' }) => {
      server.setSecureContext({ cert: certificate, key, ...secure });
      serving.pathToken = pathToken;
    },
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  /** The connection ends with it: what was not read of the body is not read any more. */
  const refuse = (status: number, text: string, more: object = {}) => {
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close', ...more });
    response.end(`${text}\n`, () => request.destroy());
  };
  const { intakes, clients } = serving;
  if (clients !== undefined && !clients.isAllowed(request.socket as TLSSocket))
    return refuse(403, 'this client certificate is none of those that may call');
  const { route, isKnown } = routed((request.url ?? '/').split('?', 1)[0] ?? '/', serving);
  if (route === undefined) return refuse(404, `known paths: ${publicPaths(serving.routes)}`);
  if (request.method !== 'POST') return refuse(405, 'only POST is served');
  const length = request.headers['content-length'];
  const intake = isKnown ? intakes.apiServer : intakes.anybody;
  const verdict = intake.ask(length, performance.now());
  if (verdict === 'no-length') return refuse(411, 'say the length of the body (Content-Length)');
  const respond = (answer: Answer) => {
    if (answer.status !== 200) return refuse(answer.status, answer.text);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.json));
  };
  const bytes = Number(length);
  try {
    if (verdict !== 'take') {
      const { status, text, more } = refusals[verdict];
      if (!isKnown || route.unread === undefined || bytes > mostDrained) return refuse(status, text, more);
      return respond(route.unread(await readHead(request), text));
    }
    const body = await read(request);
    respond(await (await inTurn(serving, () => ({ answer: judge(route, body, isKnown) }))).answer);
  } catch (error) {
    if (!response.headersSent && !request.destroyed) refuse(500, (error as Error).message);
  } finally {
    if (verdict === 'take') intake.done(bytes);
  }
}

const refusals = {
  'too-large': { status: 413, text: `the body has more than ${maxBodyBytes} bytes`, more: {} },
  'too-much': { status: 503, text: 'too much is asked at once', more: { 'retry-after': '1' } },
} as const;

/** The route of a path, and whether its caller is known to be the API server. */
function routed(path: string, { routes, clients, pathToken }: Serving): { route: Route | undefined; isKnown: boolean } {
  const suffix = `/${pathToken}`;
  const tells = pathToken !== '' && path.endsWith(suffix);
  const base = tells ? path.slice(0, -suffix.length) : path;
  const route = Object.hasOwn(routes, base) ? routes[base] : undefined;
  const isKnown = tells || clients !== undefined;
  return { route: route?.onlyKnown && !isKnown ? undefined : route, isKnown };
}

function publicPaths(routes: Routes): string {
  return Object.keys(routes)
    .filter((path) => !routes[path]?.onlyKnown)
    .join(' ');
}

function judge(route: Route, body: Buffer, isKnown: boolean): Answer | Promise<Answer> {
  const excess = jsonExcess(body);
  if (excess === undefined) return route.answer(body.toString(), isKnown);
  const text = `the body is not read: ${excess}`;
  if (!isKnown || route.unread === undefined) return { status: 400, text };
  return route.unread(body.toString('latin1', 0, headBytes), text);
}

/** Runs it when those before it have run and the event loop has had a turn. */
function inTurn<T>(serving: Serving, run: () => T): Promise<T> {
  const mine = serving.turn.then(() => nextTurn()).then(run);
  serving.turn = mine.catch(() => {});
  return mine;
}

/** Node reads no more than the Content-Length says. */
async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The beginning of a body; the rest is taken off the line, so that the caller hears the answer. */
async function readHead(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes < headBytes) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).toString('latin1', 0, headBytes);
}
