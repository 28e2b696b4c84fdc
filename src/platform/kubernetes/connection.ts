import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from './clock.js';
import { ConnectionError } from './connection-error.js';
import type { Connection, Credentials } from './credentials.js';
import { inClusterConnection } from './in-cluster.js';
import { parseServer } from './server-url.js';

/**
 * Owns: which API server to talk to and as whom: `--kubeconfig`, else KUBECONFIG, else the service account of the pod.
 * Refuses to know: sockets.
 */

export type { Connection, Credentials };

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
    // Imported here because it brings a YAML parser, which a pod does not need.
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
