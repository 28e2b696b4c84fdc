import type { ClientRequest } from 'node:http';
import { timeoutError } from '../connection-error.js';
import type { Exchange, Response } from './contract.js';
import { collect, exchangeOnce } from './exchange.js';
import { begin } from './request.js';
import type { TransportState, UnderWay } from './state.js';

/** Owns: one request and its whole response, within a time; again where nobody can have looked at it. */

export async function call(state: TransportState, exchange: Exchange, timeoutMs: number): Promise<Response> {
  const { connection, clock, calls } = state;
  for (;;) {
    const request = begin(state, exchange, await connection.credentials(), calls);
    const one: UnderWay = { fail() {}, answered: false };
    const cancel = clock.after(timeoutMs, () => one.fail(timeoutError(timeoutMs, connection)));
    try {
      return await exchangeOnce<Response>(state, request, exchange, collect, one);
    } catch (error) {
      if (!diedWhileIdle(request, exchange, one, error)) throw error;
    } finally {
      cancel();
    }
  }
}

/**
 * A kept-alive connection that the server had closed by the time it was used: the request was never looked at, so it may
 * be sent again. Creating (POST) is not repeated, since it could have been done. Ends by itself: each try uses up one
 * idle connection, and a fresh one does not count.
 */
function diedWhileIdle(request: ClientRequest, exchange: Exchange, one: UnderWay, error: unknown): boolean {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return (
    request.reusedSocket && !one.answered && exchange.method !== 'POST' && (code === 'ECONNRESET' || code === 'EPIPE')
  );
}
