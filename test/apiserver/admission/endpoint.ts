// Owns: where a webhook is.
// Source: WebhookClientConfig; a Service is reached by its cluster IP, as by a kube-apiserver without --enable-aggregator-routing.
import { isIP } from 'node:net';
import { portsOf, specOf } from '../kinds/service-spec.js';
import { type JsonMap, mapAt } from '../object.js';
import { keyOf } from '../operations/environment.js';
import type { Store } from '../storage/store.js';

/** `connectTo`: the address to connect to, where the host of the URL does not say it. `authorities`: PEM; without it those of the system. */
export interface Endpoint {
  readonly url: URL;
  readonly connectTo?: { readonly hostname: string; readonly port: number };
  readonly authorities?: string;
}

/** The endpoint of a webhook's clientConfig. A string is why there is none. */
export function endpointOf(clientConfig: JsonMap, store: Store): Endpoint | string {
  const authorities = clientConfig.caBundle
    ? { authorities: Buffer.from(String(clientConfig.caBundle), 'base64').toString() }
    : {};
  const service = mapAt(clientConfig, 'service');
  if (service === undefined) return { url: new URL(String(clientConfig.url)), ...authorities };

  const [name, namespace, port] = [String(service.name), String(service.namespace), Number(service.port)];
  const found = store.get('services', keyOf(namespace, name));
  if (found === undefined) return `service "${name}" not found`;
  if (!portsOf(found).some((one) => one.port === port)) return `no service port ${port} found for service "${name}"`;
  const { type, clusterIP, externalName } = specOf(found);
  const host = String(type === 'ExternalName' ? externalName : clusterIP);
  if (host === 'None') return `service "${name}" has no cluster IP`;
  const path = String(service.path ?? '/');
  const url = new URL(`https://${name}.${namespace}.svc:${port}${path.startsWith('/') ? '' : '/'}${path}`);
  return { url, connectTo: { hostname: host, port }, ...authorities };
}

/** The name that the certificate is to be for; none for an address, which TLS cannot ask for. */
export function serverName({ url }: Endpoint): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? host : undefined;
}
