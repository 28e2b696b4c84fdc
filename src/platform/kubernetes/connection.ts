import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { type Clock, systemClock } from './clock.js';
import { ConnectionError, type Destination } from './connection-error.js';
import { inClusterConnection } from './in-cluster.js';

/**
 * Owns: which API server to talk to and as whom: `--kubeconfig`, else KUBECONFIG, else the service account of the pod.
 * Refuses to know: sockets.
 */

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & {
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

export interface Connection extends Destination {
  /** `https://host:port`, perhaps with a path in front of every request; `http://` only on the loopback. */
  readonly server: URL;
  /** The namespace of the context, or of the pod; 'default' when neither says. */
  readonly namespace: string;
  /** For messages: 'kubeconfig /etc/x, context y' or 'the service account of this pod'. */
  readonly origin: string;
  /** What to present and whom to trust at this moment; cheap, re-reads files and plugins when they are due. */
  credentials(): Promise<Credentials>;
  /** The server refused the credentials: the next `credentials()` gets them afresh. */
  refresh(): void;
}

/** @throws ConnectionError (configuration) naming the file or variable, what is wrong with it and the remedy */
export async function loadConnection(o: {
  kubeconfig?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  serviceAccountDirectory?: string;
  clock?: Clock;
}): Promise<Connection> {
  const clock = o.clock ?? systemClock;
  const files = (o.kubeconfig ?? o.env.KUBECONFIG ?? '').split(':').filter((file) => file !== '');
  if (o.kubeconfig !== undefined && files.length === 0) {
    throw new ConnectionError('configuration', '--kubeconfig is empty. Give it the path of a kubeconfig file');
  }
  if (files.length > 0) {
    // Imported here because it brings all of @kubernetes/client-node, which a pod does not need.
    const { kubeconfigConnection } = await import('./kubeconfig.js');
    return kubeconfigConnection({ files, source: o.kubeconfig === undefined ? 'KUBECONFIG' : '--kubeconfig', clock });
  }
  if (o.env.KUBERNETES_SERVICE_HOST) {
    return inClusterConnection({ env: o.env, directory: o.serviceAccountDirectory, clock });
  }
  throw new ConnectionError(
    'configuration',
    'no cluster to talk to: neither --kubeconfig nor KUBECONFIG is given, and this is not a pod ' +
      '(KUBERNETES_SERVICE_HOST is not set). Give --kubeconfig FILE',
  );
}

/** A connection that never changes: for a server whose address and token are known. */
export function fixedConnection(o: {
  server: string;
  token?: string;
  caFile?: string;
  insecure?: boolean;
  namespace?: string;
  origin?: string;
}): Connection {
  const origin = o.origin ?? 'a fixed address';
  const credentials: Credentials = {
    headers: o.token === undefined ? {} : { authorization: `Bearer ${o.token}` },
    tls: {
      ...(o.caFile === undefined ? {} : { ca: readFileSync(o.caFile) }),
      ...(o.insecure ? { rejectUnauthorized: false } : {}),
    },
  };
  return {
    server: parseServer(o.server, origin),
    namespace: o.namespace ?? 'default',
    origin,
    credentials: () => Promise.resolve(credentials),
    refresh() {},
  };
}

/** @throws ConnectionError when the address cannot be a server's, or would send credentials in the clear */
export function parseServer(text: string, origin: string): URL {
  let server: URL;
  try {
    server = new URL(text);
  } catch (cause) {
    throw new ConnectionError(
      'configuration',
      `the server address ${JSON.stringify(text)} in ${origin} is not a URL. Write it as https://HOST:PORT`,
      cause,
    );
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(server.hostname);
  if (server.protocol === 'https:' || (server.protocol === 'http:' && loopback)) return server;
  throw new ConnectionError(
    'configuration',
    `the server address ${text} in ${origin} would send credentials in the clear. Use https:// (http:// is for 127.0.0.1 only)`,
  );
}
