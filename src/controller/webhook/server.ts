/**
 * The HTTPS server that the API server calls. It has one certificate, whatever name it is called by. Everybody who can reach the port may
 * call, so nothing is read before its size is known and allowed, and reviews are made one at a time, with turns of the event loop between.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { bound, connectionsCheckingInterval, maxHeaderSize } from '../../platform/observability/http-bounds.js';
import type { ClientAuthority } from './client-authority.js';
import { createIntake, type Intake, maxBodyBytes } from './intake.js';
import { jsonExcess } from './json-bounds.js';

export interface WebhookServer {
  readonly port: number;
  /** Serves with another certificate from the next connection on. PEM. */
  use(credentials: { readonly certificate: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** What answers POST on one path: the body of the answer (JSON), or a status and a text. */
export type Answer =
  | { readonly status: 200; readonly json: object }
  | { readonly status: 400 | 503; readonly text: string };

type Routes = Readonly<Record<string, (body: string) => Answer>>;

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

interface Serving {
  readonly routes: Routes;
  readonly intake: Intake;
  readonly clients: ClientAuthority | undefined;
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
  const serving: Serving = { routes, intake: createIntake(), clients, turn: Promise.resolve() };
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
    use: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key, ...secure }),
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
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const { routes, intake, clients } = serving;
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (clients !== undefined && !clients.isAllowed(request.socket as TLSSocket))
    return refuse(403, 'this client certificate is none of those that may call');
  if (route === undefined) return refuse(404, `known paths: ${Object.keys(routes).join(' ')}`);
  if (request.method !== 'POST') return refuse(405, 'only POST is served');
  switch (intake.ask(request.headers['content-length'], performance.now())) {
    case 'no-length':
      return refuse(411, 'say the length of the body (Content-Length)');
    case 'too-large':
      return refuse(413, `the body has more than ${maxBodyBytes} bytes`);
    case 'too-much':
      return refuse(503, 'too much is asked at once', { 'retry-after': '1' });
  }
  const bytes = Number(request.headers['content-length']);
  try {
    const body = await read(request);
    const answer = await inTurn(serving, () => judge(route, body));
    if (answer.status !== 200) return refuse(answer.status, answer.text);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.json));
  } catch (error) {
    if (!response.headersSent && !request.destroyed) refuse(500, (error as Error).message);
  } finally {
    intake.done(bytes);
  }
}

function judge(route: Routes[string], body: Buffer): Answer {
  const excess = jsonExcess(body);
  return excess === undefined ? route(body.toString()) : { status: 400, text: `the body is not read: ${excess}` };
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
