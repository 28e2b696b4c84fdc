/** Proxies for tests: HTTP (CONNECT) and SOCKS 5 (RFC 1928, 1929), on the loopback, to servers on the loopback alone. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** `host:port` of each server that was asked for and is on the loopback. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/**
 * Answers 502 when it is asked for a server that is not on the loopback.
 *
 * @param tls what it serves with, where it is a proxy of HTTPS
 */
export function startHttpProxy(tls?: { readonly cert: Buffer; readonly key: Buffer }): Promise<Proxy> {
  const asked: string[] = [];
  const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  server.on('connect', ({ url = '' }, client: Socket) => {
    const [host = '', port] = url.split(':');
    if (host !== '127.0.0.1') {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    asked.push(url);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    join(client, Number(port));
  });
  return listening(server, asked);
}

export function startSocksProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    // Version and methods; user name and password; then the request, of which the last six bytes are address and port.
    client.once('data', () => {
      client.write(Uint8Array.of(5, 2));
      client.once('data', () => {
        client.write(Uint8Array.of(1, 0));
        client.once('data', (request) => {
          const port = request.readUInt16BE(request.length - 2);
          asked.push(`${[...request.subarray(-6, -2)].join('.')}:${port}`);
          client.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
          join(client, port);
        });
      });
    });
  });
  return listening(server, asked);
}

function join(client: Socket, port: number): void {
  const server = connect(port, '127.0.0.1');
  const end = () => {
    client.destroy();
    server.destroy();
  };
  for (const side of [client, server]) side.on('error', end).on('close', end);
  client.pipe(server).pipe(client);
}

async function listening(server: Server, asked: readonly string[]): Promise<Proxy> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { port, asked, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}
