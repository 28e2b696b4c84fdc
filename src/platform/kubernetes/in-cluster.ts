import { readFileSync, statSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from './clock.js';
import { ConnectionError } from './connection-error.js';
import type { Connection, Credentials } from './credentials.js';

/**
 * Owns: the connection of a pod: address from the environment, token, CA and namespace from the mounted service account.
 * The kubelet replaces the token about every hour and the CA rarely; both are looked at again at most once a minute.
 * Source: Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
 */

const lookAgainMs = 60_000;
const defaultDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

export function inClusterConnection(o: {
  env: Readonly<Record<string, string | undefined>>;
  directory?: string | undefined;
  clock: Clock;
}): Connection {
  const directory = o.directory ?? defaultDirectory;
  const host = o.env.KUBERNETES_SERVICE_HOST ?? '';
  // As in client-go: who sets another address for a pod sets these two, while the kubelet sets …_PORT_HTTPS in every pod.
  const port = o.env.KUBERNETES_SERVICE_PORT || o.env.KUBERNETES_SERVICE_PORT_HTTPS || '443';
  const token = watchFile(join(directory, 'token'));
  const ca = watchFile(join(directory, 'ca.crt'));
  let current: Credentials = credentialsOf(token.read(), ca.read());
  let lookedAt = o.clock.now();
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    namespace: readNamespace(join(directory, 'namespace')),
    origin: 'KUBERNETES_SERVICE_HOST and the service account of this pod',
    credentials() {
      if (o.clock.now() - lookedAt >= lookAgainMs) {
        lookedAt = o.clock.now();
        if (token.changed() || ca.changed()) current = credentialsOf(token.read(), ca.read());
      }
      return Promise.resolve(current);
    },
    refresh() {
      lookedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function credentialsOf(token: Buffer, ca: Buffer): Credentials {
  return { headers: { authorization: `Bearer ${token.toString('utf8').trim()}` }, tls: { ca } };
}

/** A file with its last good content: while the kubelet swaps it, or once it is gone, the old content stays in use. */
function watchFile(path: string): { read(): Buffer; changed(): boolean } {
  let content: Buffer | undefined;
  let mtimeMs = 0;
  return {
    read() {
      try {
        mtimeMs = statSync(path).mtimeMs;
        content = readFileSync(path);
      } catch (cause) {
        if (content === undefined) {
          throw new ConnectionError(
            'configuration',
            `cannot read the service account file ${path}: ${(cause as Error).message}. ` +
              'Let the pod mount its service account token (automountServiceAccountToken: true), or give --kubeconfig',
            cause,
          );
        }
      }
      return content;
    },
    changed() {
      return statSync(path, { throwIfNoEntry: false })?.mtimeMs !== mtimeMs;
    },
  };
}

function readNamespace(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'default';
  } catch {
    return 'default';
  }
}
