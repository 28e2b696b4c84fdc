import type { IncomingMessage } from 'node:http';
import { timeoutError } from '../connection-error.js';
import type { Exchange, Response, StreamOptions } from './contract.js';
import { collect, exchangeOnce } from './exchange.js';
import { begin } from './request.js';
import type { TransportState, UnderWay } from './state.js';

/** Owns: a response that goes on, for as long as something comes. */

export async function stream(
  state: TransportState,
  exchange: Exchange,
  o: StreamOptions,
): Promise<Response | undefined> {
  const { connection, clock, streams } = state;
  const request = begin(state, exchange, await connection.credentials(), streams);
  const one: UnderWay = { fail() {}, answered: false };
  const expire = () => one.fail(timeoutError(o.idleMs, connection));
  let cancel = clock.after(o.idleMs, expire);
  const came = () => {
    cancel();
    cancel = clock.after(o.idleMs, expire);
  };
  const read = (message: IncomingMessage, succeed: (response?: Response) => void, fail: (error: unknown) => void) => {
    if (message.statusCode !== 200) return collect(message, succeed);
    o.onOpen?.();
    message.on('data', (chunk: Buffer) => {
      came();
      try {
        o.onData(chunk);
      } catch (error) {
        fail(error);
      }
    });
    message.on('end', () => succeed(undefined));
  };
  try {
    return await exchangeOnce<Response | undefined>(state, request, exchange, read, one);
  } finally {
    cancel();
  }
}
