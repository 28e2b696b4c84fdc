/** The HTTPS server that the API server calls. It has one certificate, whatever name it is called by. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

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

/** An AdmissionReview holds an object twice; etcd takes 1.5 MiB of each. */
const maxBodyBytes = 8 * 1024 * 1024;

/** Rejects with the system's error (EADDRINUSE, EACCES, …) when it cannot listen. Without a certificate no handshake succeeds. */
export async function serveWebhook(
  listen: { readonly host?: string; readonly port: number },
  routes: Readonly<Record<string, (body: string) => Answer>>,
): Promise<WebhookServer> {
  const server = createServer({ minVersion: 'TLSv1.2' }, (request, response) => {
    void handle(request, response, routes);
  });
  server.requestTimeout = 10_000;
  // Longer than the API server keeps an idle connection, so that it never writes into one that we are closing.
  server.keepAliveTimeout = 120_000;
  // A client that gives up half-way is its own business.
  server.on('tlsClientError', () => {});
  server.listen({ host: listen.host, port: listen.port });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    use: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Readonly<Record<string, (body: string) => Answer>>,
): Promise<void> {
  const send = (status: number, contentType: string, text: string) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(text);
  };
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return send(404, 'text/plain', `known paths: ${Object.keys(routes).join(' ')}\n`);
  if (request.method !== 'POST') return send(405, 'text/plain', 'only POST is served\n');
  try {
    const body = await read(request);
    if (body === undefined) return send(413, 'text/plain', `the body has more than ${maxBodyBytes} bytes\n`);
    const answer = route(body);
    if (answer.status === 200) send(200, 'application/json', JSON.stringify(answer.json));
    else send(answer.status, 'text/plain', `${answer.text}\n`);
  } catch (error) {
    if (!response.headersSent) send(500, 'text/plain', `${(error as Error).message}\n`);
  }
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
