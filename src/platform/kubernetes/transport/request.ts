import type { Agent, ClientRequest, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../credentials.js';
import type { Exchange } from './contract.js';
import type { TransportState } from './state.js';

/** Owns: a request, from its headers to the moment in which it leaves. */

/**
 * TCP asks a silent peer after this long and then every second, ten times. So short because the address of the server
 * may itself be a VIP: its new holder answers the probe of an unknown connection with RST, and that is how a watch,
 * which never sends, learns of the move.
 */
const keepAliveProbeMs = 1000;

/**
 * A request that is not sent yet, on a connection out of this pool.
 *
 * @throws the reason of an abort; ConnectionError where the transport is closed
 */
export function begin(state: TransportState, exchange: Exchange, credentials: Credentials, pool: Agent): ClientRequest {
  for (const signal of exchange.signals) signal.throwIfAborted();
  if (state.closed !== undefined) throw state.closed;
  const { protocol, secure } = state;
  const options = {
    ...state.target,
    agent: credentials.proxy ?? pool,
    method: exchange.method,
    path: state.prefix + exchange.path,
    headers: headersOf(exchange, credentials, state.userAgent),
  };
  // The agent pools connections by their TLS material too, so a rotated certificate gets a new connection by itself.
  const request = protocol.request(secure ? { ...options, ...credentials.tls } : options);
  // The agent's own option does not reach a TLS connection before its first use has ended, which a stream's never does.
  request.on('socket', (socket) => socket.setKeepAlive(true, keepAliveProbeMs));
  return request;
}

function headersOf(exchange: Exchange, credentials: Credentials, userAgent: string): OutgoingHttpHeaders {
  return {
    accept: exchange.accept,
    'user-agent': userAgent,
    ...(credentials.headers as OutgoingHttpHeaders),
    ...(exchange.contentType ? { 'content-type': exchange.contentType } : {}),
    ...(exchange.body === undefined ? {} : { 'content-length': Buffer.byteLength(exchange.body) }),
  };
}

/** Sends the request once it has a connection that is ready for it. */
export function sendOn(
  { secure }: TransportState,
  socket: Socket,
  request: ClientRequest,
  exchange: Exchange,
  fail: (error: unknown) => void,
): void {
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
