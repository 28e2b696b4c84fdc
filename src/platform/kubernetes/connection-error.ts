/**
 * Owns: why there is no talking to the API server, in words that name the server, where its address came from and what to do.
 */

export type ConnectionFailure =
  /** The configuration cannot be used as it is. */
  | 'configuration'
  /** Nothing answers at the address. */
  | 'unreachable'
  /** The certificates of one side do not satisfy the other. */
  | 'tls'
  /** The server does not know us (401), or the credential plugin failed. */
  | 'unauthorised'
  /** It was reached but did not answer in time. */
  | 'timeout'
  /** The connection broke in the middle of an exchange. */
  | 'interrupted';

/** The world's fault: `kind` for programs, `message` for people, `cause` the error underneath. */
export class ConnectionError extends Error {
  readonly kind: ConnectionFailure;

  constructor(kind: ConnectionFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ConnectionError';
    this.kind = kind;
  }
}

/** Where a request went: the server, and where we have its address and credentials from. */
export interface Destination {
  readonly server: URL;
  readonly origin: string;
}

/** Translates an error of node:net, node:tls or node:http, once, here. */
export function connectionErrorOf(error: unknown, to: Destination): ConnectionError {
  const code = (error as { code?: unknown }).code;
  const text = error instanceof Error && error.message ? error.message : String(code);
  const { kind, problem, remedy } = diagnose(typeof code === 'string' ? code : '', text);
  return new ConnectionError(kind, `${problem} ${to.server.origin} (from ${to.origin}): ${text}. ${remedy}`, error);
}

export function timeoutError(ms: number, to: Destination): ConnectionError {
  return new ConnectionError(
    'timeout',
    `no answer within ${ms} ms from the API server ${to.server.origin} (from ${to.origin}). ` +
      'Check that it is healthy and that nothing on the way drops its packets',
  );
}

function diagnose(code: string, text: string): { kind: ConnectionFailure; problem: string; remedy: string } {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        kind: 'unreachable',
        problem: 'cannot reach the API server',
        remedy: 'Nothing listens there: start the server or correct its address',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        kind: 'unreachable',
        problem: 'cannot resolve the name of the API server',
        remedy: "Correct the address, or this machine's DNS",
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'ETIMEDOUT':
      return {
        kind: 'unreachable',
        problem: 'cannot reach the API server',
        remedy: 'Check the address, the route and the firewalls on the way',
      };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return {
        kind: 'interrupted',
        problem: 'the connection broke to the API server',
        remedy: 'It may be restarting, or something on the way cuts connections',
      };
  }
  if (/altname/i.test(code)) {
    return {
      kind: 'tls',
      problem: 'refusing to trust the API server',
      remedy: 'Its certificate is for another name: use that name as the server, or set tls-server-name',
    };
  }
  if (/CERT|SIGNATURE|ISSUER|SSL|TLS|EPROTO/i.test(code)) {
    const ours = /alert/i.test(text);
    return {
      kind: 'tls',
      problem: ours ? 'not trusted by the API server' : 'refusing to trust the API server',
      remedy: ours
        ? 'Check the client certificate and key'
        : "Check the certificate authority that is configured, and the server's clock and certificate",
    };
  }
  return {
    kind: 'interrupted',
    problem: 'the exchange failed with the API server',
    remedy: 'Check that it is a Kubernetes API server and that http or https is right',
  };
}
