import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Credentials } from './credentials.js';
import type { Chosen } from './kubeconfig-file.js';

/**
 * Owns: credentials that a program or a provider hands out (`exec`, `auth-provider`). Getting them is client-node's; only
 * this module imports its code, which is larger than all of ours.
 */
export async function pluginCredentials({ cluster, user }: Chosen): Promise<Credentials> {
  const config = new KubeConfig();
  // The library refuses plain http unless TLS checks are off; where plain http may go was decided before.
  const plain = cluster.server.startsWith('http:') ? { 'insecure-skip-tls-verify': true } : {};
  const name = 'chosen';
  config.loadFromString(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name, cluster: { ...cluster, ...plain } }],
      users: [{ name, user }],
    }),
  );
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    headers: Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([header, value]) => [header.toLowerCase(), String(value)]),
    ),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
  };
}
