import type { ClientRequest, IncomingMessage } from 'node:http';
import { connectionErrorOf } from '../connection-error.js';
import type { Exchange, Response } from './contract.js';
import { sendOn } from './request.js';
import type { TransportState, UnderWay } from './state.js';

/** Owns: one request and the response to it. */

/** Takes in a response; the first of the two that is called decides. */
type Read<T> = (message: IncomingMessage, succeed: (value: T) => void, fail: (error: unknown) => void) => void;

/** Runs `read` on the response; whatever ends the exchange first decides, and the socket is freed or destroyed. */
export function exchangeOnce<T>(
  state: TransportState,
  request: ClientRequest,
  exchange: Exchange,
  read: Read<T>,
  one: UnderWay,
): Promise<T> {
  const { signal } = exchange;
  state.underWay.add(one);
  return new Promise<T>((resolve, reject) => {
    const abort = () => one.fail(signal?.reason);
    const succeed = (value: T) => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    };
    one.fail = (error) => {
      signal?.removeEventListener('abort', abort);
      // First the verdict, then the destruction, whose own error must not replace it.
      reject(error);
      request.destroy();
    };
    signal?.addEventListener('abort', abort);
    const broke = (error: unknown) => one.fail(connectionErrorOf(error, state.connection));
    request.on('error', broke);
    request.on('socket', (socket) => sendOn(state, socket, request, exchange, one.fail));
    request.on('response', (message) => {
      one.answered = true;
      message.on('error', broke);
      message.on('close', () => {
        if (!message.complete) broke(Object.assign(new Error('the response broke off'), { code: 'ECONNRESET' }));
      });
      read(message, succeed, one.fail);
    });
  }).finally(() => state.underWay.delete(one));
}

/** Takes in a whole response. */
export function collect(message: IncomingMessage, succeed: (response: Response) => void): void {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('end', () => {
    const body = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8');
    succeed({ status: message.statusCode ?? 0, headers: message.headers, body });
  });
}
