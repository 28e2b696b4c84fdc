import type { CallOptions, Query } from '../call.js';
import { ConnectionError } from '../connection-error.js';
import { answered } from '../reach.js';
import type { Exchange, Response } from '../transport.js';
import { refusal } from './refusal.js';
import type { ClientState } from './state.js';

/** Owns: one request to the API and what its answer means. */

const defaultTimeoutMs = 10_000;

export async function request<T>(state: ClientState, options: CallOptions): Promise<T> {
  const { connection } = state;
  const exchange = exchangeOf(state, options);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  let response = await call(state, exchange, timeoutMs);
  if (response.status === 401) {
    // Tokens expire between two looks at their file: once more with what is there now.
    connection.refresh();
    response = await call(state, exchange, timeoutMs);
  }
  if (response.status < 200 || response.status > 299) throw refusal(state, exchange, response);
  try {
    return (response.body === '' ? undefined : objectIn(response.body)) as T;
  } catch (cause) {
    throw new ConnectionError(
      'interrupted',
      `${exchange.method} ${exchange.path}: ${connection.server.origin} (from ${connection.origin}) answered ` +
        'with something that is not JSON, or no object. Check that it is a Kubernetes API server',
      cause,
    );
  }
}

/** Whatever the API answers is one. */
function objectIn(body: string): object {
  const value: unknown = JSON.parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`it is ${body.slice(0, 32)}`);
  return value;
}

function exchangeOf({ fence }: ClientState, o: CallOptions): Exchange {
  const writes = fence !== undefined && o.method !== 'GET';
  return {
    beforeSending: writes ? fence.check : o.onSending,
    method: o.method,
    path: withQuery(o.path, o.query),
    accept: o.accept ?? 'application/json',
    body: o.body === undefined ? undefined : JSON.stringify(o.body),
    contentType: o.body === undefined ? undefined : (o.contentType ?? 'application/json'),
    signals: [...(writes ? [fence.signal] : []), ...(o.signal === undefined ? [] : [o.signal])],
  };
}

async function call(
  { transport, clock, reach, onCall }: ClientState,
  exchange: Exchange,
  timeoutMs: number,
): Promise<Response> {
  const started = clock.now();
  const path = exchange.path.replace(/\?.*/, '');
  const done = (code: string) => onCall?.({ method: exchange.method, path, code, ms: clock.now() - started });
  try {
    const response = await transport.call(exchange, timeoutMs);
    done(String(response.status));
    answered(reach);
    return response;
  } catch (error) {
    done(error instanceof ConnectionError ? error.kind : 'aborted');
    throw error;
  }
}

export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]))}`;
}
