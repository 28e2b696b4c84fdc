import { apiErrorOf } from '../api-error.js';
import { ConnectionError } from '../connection-error.js';
import type { Exchange, Response } from '../transport.js';
import type { ClientState } from './state.js';

/** Owns: what it means that the server refused. */

export function refusal({ connection, clock }: ClientState, exchange: Exchange, response: Response): Error {
  const { method, path } = exchange;
  const error = apiErrorOf({
    method,
    path,
    code: response.status,
    headers: response.headers,
    body: response.body,
    wallMs: clock.wall(),
  });
  if (response.status !== 401) return error;
  return new ConnectionError(
    'unauthorised',
    `the API server ${connection.server.origin} does not accept the credentials of ${connection.origin}: ` +
      `${error.message}. Check the token or client certificate there, and whether it has expired`,
    error,
  );
}
