import http, { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from './clock.js';
import { ConnectionError, connectionErrorOf, timeoutError } from './connection-error.js';
import type { Connection, Credentials } from './credentials.js';

/**
 * Owns: HTTP/1.1 exchanges with one server over kept-alive connections.
 * Refuses to know: Kubernetes. Every way an exchange can fail comes out as a ConnectionError, or as the reason of the
 * caller's own abort.
 */

export interface Exchange {
  readonly method: string;
  /** Path and query, as on the wire but without the server's own path prefix. */
  readonly path: string;
  readonly accept: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called in the last moment before the request leaves, when it has waited for credentials, a connection and its handshake. What it
   * throws ends the exchange, and nothing was sent.
   */
  readonly beforeSending?: (() => void) | undefined;
}

export interface Response {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Transport {
  /** One request and its whole response. `timeoutMs` bounds all of it. */
  call(exchange: Exchange, timeoutMs: number): Promise<Response>;
  /**
   * A response that goes on. With status 200 `onData` gets each chunk, `onOpen` comes before the first, and the result
   * is undefined when the server ended it; another status is returned whole. Fails after `idleMs` without a byte. What
   * `onData` throws ends the exchange and rejects the result.
   */
  stream(
    exchange: Exchange,
    o: { idleMs: number; onOpen?: (() => void) | undefined; onData: (chunk: Buffer) => void },
  ): Promise<Response | undefined>;
  /** Ends whatever is under way and lets go of every connection, for good: nothing is sent from then on. */
  close(): void;
}

/** Idle connections are given up before a server's own idle timeout (kube-apiserver: 90 s) can cut a request short. */
const idleConnectionMs = 60_000;
/** How many calls may be under way at once; more wait. One at a time they all use one connection. */
const mostConnections = 8;
/**
 * TCP asks a silent peer after this long and then every second, ten times. So short because the address of the server
 * may itself be a VIP: its new holder answers the probe of an unknown connection with RST, and that is how a watch,
 * which never sends, learns of the move.
 */
const keepAliveProbeMs = 1000;
const product = 'openelb-vip';

interface State {
  /** Ends the exchange with this error, unless it has ended. */
  fail: (error: unknown) => void;
  /** The server's answer has begun. */
  answered: boolean;
}

/** @param program which of the programs speaks, for the server's logs */
export function openTransport(connection: Connection, clock: Clock, program?: string): Transport {
  const { server } = connection;
  const secure = server.protocol === 'https:';
  const protocol = secure ? process.getBuiltinModule('node:https') : http; // TLS takes megabytes: only where it is spoken
  const agent = new protocol.Agent({
    keepAlive: true,
    timeout: idleConnectionMs,
    maxSockets: mostConnections,
    maxFreeSockets: mostConnections,
  });
  // A stream holds its connection for as long as it lasts, so streams must not take those of the calls.
  const streams = new protocol.Agent({ keepAlive: true });
  const target = {
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: server.port || (secure ? 443 : 80),
  };
  const underWay = new Set<State>();
  let closed: ConnectionError | undefined;
  const prefix = server.pathname.replace(/\/$/, '');

  function start(exchange: Exchange, credentials: Credentials, pool: http.Agent): ClientRequest {
    const headers: OutgoingHttpHeaders = {
      accept: exchange.accept,
      'user-agent': program === undefined ? product : `${product}/${program}`,
      ...(credentials.headers as OutgoingHttpHeaders),
      ...(exchange.contentType ? { 'content-type': exchange.contentType } : {}),
      ...(exchange.body === undefined ? {} : { 'content-length': Buffer.byteLength(exchange.body) }),
    };
    const options = {
      ...target,
      agent: credentials.proxy ?? pool,
      method: exchange.method,
      path: prefix + exchange.path,
      headers,
    };
    // The agent pools connections by their TLS material too, so a rotated certificate gets a new connection by itself.
    const request = protocol.request(secure ? { ...options, ...credentials.tls } : options);
    // The agent's own option does not reach a TLS connection before its first use has ended, which a stream's never does.
    request.on('socket', (socket) => socket.setKeepAlive(true, keepAliveProbeMs));
    return request;
  }

  /** Sends the request once it has a connection that is ready for it. */
  function sendOn(socket: Socket, request: ClientRequest, exchange: Exchange, fail: (error: unknown) => void): void {
    const send = () => {
      if (request.destroyed) return;
      try {
        exchange.beforeSending?.();
      } catch (error) {
        fail(error);
        return;
      }
      request.end(exchange.body);
    };
    const isNew = socket.connecting || (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting;
    if (isNew) socket.once(secure ? 'secureConnect' : 'connect', send);
    else send();
  }

  /** Runs `read` on the response; whatever ends the exchange first decides, and the socket is freed or destroyed. */
  function exchangeOnce<T>(
    request: ClientRequest,
    exchange: Exchange,
    read: (message: IncomingMessage, succeed: (value: T) => void, fail: (error: unknown) => void) => void,
    state: State,
  ): Promise<T> {
    const { signal } = exchange;
    underWay.add(state);
    return new Promise<T>((resolve, reject) => {
      const abort = () => state.fail(signal?.reason);
      const succeed = (value: T) => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      };
      state.fail = (error) => {
        signal?.removeEventListener('abort', abort);
        // First the verdict, then the destruction, whose own error must not replace it.
        reject(error);
        request.destroy();
      };
      signal?.addEventListener('abort', abort);
      const broke = (error: unknown) => state.fail(connectionErrorOf(error, connection));
      request.on('error', broke);
      request.on('socket', (socket) => sendOn(socket, request, exchange, state.fail));
      request.on('response', (message) => {
        state.answered = true;
        message.on('error', broke);
        message.on('close', () => {
          if (!message.complete) broke(Object.assign(new Error('the response broke off'), { code: 'ECONNRESET' }));
        });
        read(message, succeed, state.fail);
      });
    }).finally(() => underWay.delete(state));
  }

  return {
    async call(exchange, timeoutMs) {
      for (;;) {
        const credentials = await connection.credentials();
        exchange.signal?.throwIfAborted();
        if (closed !== undefined) throw closed;
        const request = start(exchange, credentials, agent);
        const state: State = { fail() {}, answered: false };
        const cancel = clock.after(timeoutMs, () => state.fail(timeoutError(timeoutMs, connection)));
        try {
          return await exchangeOnce<Response>(request, exchange, collect, state);
        } catch (error) {
          if (!diedWhileIdle(request, exchange, state, error)) throw error;
        } finally {
          cancel();
        }
      }
    },

    async stream(exchange, o) {
      const credentials = await connection.credentials();
      exchange.signal?.throwIfAborted();
      if (closed !== undefined) throw closed;
      const request = start(exchange, credentials, streams);
      const state: State = { fail() {}, answered: false };
      const expire = () => state.fail(timeoutError(o.idleMs, connection));
      let cancel = clock.after(o.idleMs, expire);
      try {
        return await exchangeOnce<Response | undefined>(
          request,
          exchange,
          (message, succeed, failed) => {
            if (message.statusCode !== 200) return collect(message, succeed);
            o.onOpen?.();
            message.on('data', (chunk: Buffer) => {
              cancel();
              cancel = clock.after(o.idleMs, expire);
              try {
                o.onData(chunk);
              } catch (error) {
                failed(error);
              }
            });
            message.on('end', () => succeed(undefined));
          },
          state,
        );
      } finally {
        cancel();
      }
    },

    close() {
      closed = new ConnectionError(
        'interrupted',
        `the client of ${server.origin} (from ${connection.origin}) was closed`,
      );
      for (const { fail } of underWay) fail(closed);
      agent.destroy();
      streams.destroy();
    },
  };
}

function collect(message: IncomingMessage, succeed: (response: Response) => void): void {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('end', () => {
    const body = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8');
    succeed({ status: message.statusCode ?? 0, headers: message.headers, body });
  });
}

/**
 * A kept-alive connection that the server had closed by the time it was used: the request was never looked at, so it may
 * be sent again. Creating (POST) is not repeated, since it could have been done. Ends by itself: each try uses up one
 * idle connection, and a fresh one does not count.
 */
function diedWhileIdle(request: ClientRequest, exchange: Exchange, state: State, error: unknown): boolean {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return (
    request.reusedSocket && !state.answered && exchange.method !== 'POST' && (code === 'ECONNRESET' || code === 'EPIPE')
  );
}
