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
  const { signals } = exchange;
  state.underWay.add(one);
  return new Promise<T>((resolve, reject) => {
    // Each is listened to by itself: what AbortSignal.any makes of them leaves something in those that live on.
    const abort = () => one.fail(signals.find(({ aborted }) => aborted)!.reason);
    const listenNoMore = () => {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    };
    const succeed = (value: T) => {
      listenNoMore();
      resolve(value);
    };
    one.fail = (error) => {
      listenNoMore();
      // First the verdict, then the destruction, whose own error must not replace it.
      reject(error);
      request.destroy();
    };
    for (const signal of signals) signal.addEventListener('abort', abort);
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
