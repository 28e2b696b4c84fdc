/** Services by the thousand: made, watched and removed. */
import type { Eip } from '../../src/api/eip.js';
import { forEachBounded } from '../../src/controller/groups/bounded.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips } from '../../src/controller/objects/resources.js';
import { services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';

const optIn = 'lb.kubesphere.io/v1alpha1';
const poolAnnotation = 'eip.openelb.kubesphere.io/v1alpha2';

/** How many requests are under way at once. */
const atOnce = 8;

export async function createPool(client: ApiClient, name: string, address: string): Promise<void> {
  await client.create<Eip>(eips, { metadata: { name }, spec: { address, protocol: 'vip', interface: 'eth0' } });
}

/** @param more of its spec */
export async function createService(client: ApiClient, name: string, pool: string, more: object = {}): Promise<void> {
  await client.create(services, {
    metadata: { name, namespace: 'default', annotations: { [optIn]: 'openelb', [poolAnnotation]: pool } },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...more },
  } as Service);
}

export async function createServices(client: ApiClient, names: Iterable<readonly [string, string]>): Promise<void> {
  await forEachBounded(names, atOnce, ([name, pool]) => createService(client, name, pool));
}

export async function removeServices(client: ApiClient, names: Iterable<string>): Promise<void> {
  await forEachBounded(names, atOnce, async (name) => {
    await client.remove(services, `default/${name}`);
  });
}

/** The addresses of all Services by name; those that have none are left out. */
export async function servedAddresses(client: ApiClient): Promise<ReadonlyMap<string, string>> {
  const { items } = await client.list<Service>(services, { namespace: 'default' });
  return new Map(
    items.flatMap(({ metadata, status }) => {
      const ip = status?.loadBalancer?.ingress?.[0]?.ip;
      return ip === undefined ? [] : [[metadata.name, ip] as const];
    }),
  );
}
