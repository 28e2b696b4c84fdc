import http from 'node:http';
import type https from 'node:https';
import type { Clock } from '../clock.js';
import { ConnectionError } from '../connection-error.js';
import type { Connection } from '../credentials.js';

/** Owns: what a transport has: its server, its connections, what is under way. One record, which the functions beside it work on. */

export interface TransportState {
  readonly connection: Connection;
  readonly clock: Clock;
  /** What the server's logs call us. */
  readonly userAgent: string;
  /** Whether TLS is spoken, and what speaks. */
  readonly secure: boolean;
  readonly protocol: typeof http | typeof https;
  readonly target: { readonly protocol: string; readonly hostname: string; readonly port: string | number };
  /** Of each path on the server. */
  readonly prefix: string;
  /** The connections of calls. */
  readonly calls: http.Agent;
  /** A stream holds its connection for as long as it lasts, so streams must not take those of the calls. */
  readonly streams: http.Agent;
  readonly underWay: Set<UnderWay>;
  /** Why nothing is sent any more; undefined: it is. */
  closed: ConnectionError | undefined;
}

/** An exchange that has begun. */
export interface UnderWay {
  /** Ends the exchange with this error, unless it has ended. */
  fail: (error: unknown) => void;
  /** The server's answer has begun. */
  answered: boolean;
}

/** Idle connections are given up before a server's own idle timeout (kube-apiserver: 90 s) can cut a request short. */
const idleConnectionMs = 60_000;
/** How many calls may be under way at once; more wait. One at a time they all use one connection. */
const mostConnections = 8;
const product = 'openelb-vip';

/** Opens no connection yet. */
export function newTransportState(connection: Connection, clock: Clock, program: string | undefined): TransportState {
  const { server } = connection;
  const secure = server.protocol === 'https:';
  const protocol = secure ? process.getBuiltinModule('node:https') : http; // TLS takes megabytes: only where it is spoken
  return {
    connection,
    clock,
    userAgent: program === undefined ? product : `${product}/${program}`,
    secure,
    protocol,
    target: {
      protocol: server.protocol,
      hostname: server.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: server.port || (secure ? 443 : 80),
    },
    prefix: server.pathname.replace(/\/$/, ''),
    calls: new protocol.Agent({
      keepAlive: true,
      timeout: idleConnectionMs,
      maxSockets: mostConnections,
      maxFreeSockets: mostConnections,
    }),
    streams: new protocol.Agent({ keepAlive: true }),
    underWay: new Set(),
    closed: undefined,
  };
}

/** Ends whatever is under way and lets go of every connection, for good. */
export function close(state: TransportState): void {
  const { connection, underWay, calls, streams } = state;
  const text = `the client of ${connection.server.origin} (from ${connection.origin}) was closed`;
  state.closed = new ConnectionError('interrupted', text);
  for (const { fail } of underWay) fail(state.closed);
  calls.destroy();
  streams.destroy();
}
