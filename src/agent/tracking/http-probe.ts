import type { IncomingMessage } from 'node:http';
import { readCheckFile } from './check-file.js';
import { attempted, failure, type Probe } from './probe.js';
import { type TlsSettings, tlsOptions } from './tls-options.js';

export interface HttpTarget {
  readonly url: string;
  /** Which pass; without them 200 to 399. */
  readonly statuses?: readonly number[] | undefined;
  /** A file with a token that is sent as `Authorization: Bearer`; read at each try, since tokens are renewed. */
  readonly bearerTokenFile?: string | undefined;
  /** Without it the certificate of an https URL is not verified: the check is of life, not of identity. */
  readonly tls?: TlsSettings | undefined;
}

const mostTokenBytes = 16_384;

/**
 * Passes when a GET is answered with a status that is accepted. What follows the status is not waited for, and redirects are not followed.
 * TLS is loaded at the first try: agents without such a check, and without a cluster, are spared its memory.
 */
export function httpProbe(target: HttpTarget): Probe {
  const { url, statuses, bearerTokenFile, tls } = target;
  const accepted = (status: number) => statuses?.includes(status) ?? (status >= 200 && status < 400);
  return async (signal) => {
    const token = bearerTokenFile === undefined ? undefined : await bearerToken(bearerTokenFile);
    if (token?.ok === false) return token;
    const secure =
      tls === undefined ? { ok: true as const, options: { rejectUnauthorized: false } } : await tlsOptions(tls);
    if (!secure.ok) return secure;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token.text}` };
    const { request } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
    return attempted(url, signal, (resolve) => {
      const answered = (response: IncomingMessage) => {
        const status = response.statusCode ?? 0;
        resolve(accepted(status) ? { ok: true } : { ok: false, reason: `${url} answers ${status}` });
        // The rest may have no end.
        get.destroy();
      };
      const get = request(url, { signal, agent: false, headers, ...secure.options }, answered);
      get.on('upgrade', answered);
      get.on('error', (error) => resolve(failure(url, error, signal)));
      // Node has ways to end a request without a word, and the check must end with it.
      get.on('close', () => resolve(failure(url, new Error('ends the connection without an answer'), signal)));
      get.end();
    });
  };
}

async function bearerToken(path: string) {
  const file = await readCheckFile(path, mostTokenBytes);
  if (!file.ok) return file;
  const text = file.text.trim();
  // RFC 6750 section 2.1, b64token: nothing else may stand in the header.
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(text)) return { ok: true as const, text };
  return { ok: false as const, reason: `${path} ${text === '' ? 'is empty' : 'holds no bearer token'}` };
}
