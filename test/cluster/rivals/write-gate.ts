// Owns: a place between a program and the API server where the program can be killed at any of its writes, its requests are seen, and what
// its watches bring can be held back.
// Refuses to know: what is written.
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Cluster } from '../harness.js';

/** What is done at a write. `before`: it never reaches the server. `after`: it is carried out, and its answer lost. */
export type Fate = 'pass' | 'before' | 'after';

export interface WriteGate {
  /** Plain HTTP; whoever comes here has the cluster's full rights. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param o.fateOf asked at each write other than of Events; default: all pass
 * @param o.kill must end the program before it returns
 * @param o.onRequest told of each request as it comes, by method and path with query
 * @param o.lateMs how late what a watch brings is passed on, by the path of the watch; default: at once
 */
export async function openWriteGate(
  cluster: Pick<Cluster, 'url' | 'token' | 'certificateAuthority'>,
  o: {
    fateOf?(): Fate;
    kill?(): Promise<void>;
    onRequest?(method: string, path: string): void;
    lateMs?(path: string): number;
  },
): Promise<WriteGate> {
  const sockets = new Set<Socket>();
  const server = createServer((asked, answer) => {
    void pass(asked, answer).catch(() => answer.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const pass = async (asked: IncomingMessage, answer: ServerResponse) => {
    const { method = 'GET', url: path = '/' } = asked;
    const body: Buffer[] = [];
    for await (const chunk of asked as AsyncIterable<Buffer>) body.push(chunk);
    const isWrite = method !== 'GET' && !/\/events(\/|\?|$)/.test(path);
    o.onRequest?.(method, path);
    const fate = (isWrite && o.fateOf?.()) || 'pass';
    if (fate === 'before') {
      await o.kill?.();
      return;
    }
    const reply = await forward(asked, Buffer.concat(body), answer);
    if (fate === 'after') {
      for await (const _ of reply); // it was carried out once it is answered
      await o.kill?.();
      return;
    }
    answer.writeHead(reply.statusCode!, reply.headers);
    const lateMs = /[?&]watch=true/.test(path) ? (o.lateMs?.(path) ?? 0) : 0;
    if (lateMs === 0) reply.pipe(answer);
    else passLate(reply, answer, lateMs);
  };

  const passLate = (reply: IncomingMessage, answer: ServerResponse, lateMs: number) => {
    answer.flushHeaders();
    const timers = new Set<NodeJS.Timeout>();
    const later = (run: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, lateMs);
      timers.add(timer);
    };
    reply.on('data', (chunk) => later(() => answer.write(chunk)));
    reply.on('end', () => later(() => answer.end()));
    answer.on('close', () => timers.forEach(clearTimeout));
  };

  const forward = async (asked: IncomingMessage, body: Buffer, answer: ServerResponse): Promise<IncomingMessage> => {
    const target = new URL(asked.url ?? '/', cluster.url);
    const { host: _, connection: __, ...headers } = asked.headers;
    const options = {
      method: asked.method,
      headers: { ...headers, ...(cluster.token ? { authorization: `Bearer ${cluster.token}` } : {}) },
    };
    const sent =
      target.protocol === 'http:'
        ? httpRequest(target, options)
        : httpsRequest(target, {
            ...options,
            ...(cluster.certificateAuthority && { ca: cluster.certificateAuthority }),
          });
    answer.on('close', () => sent.destroy());
    sent.end(body);
    const [reply] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => answer.destroy());
    reply.on('error', () => answer.destroy());
    return reply;
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
