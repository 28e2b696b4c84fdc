/** MetalLB's objects as they are at this moment, for who asks once: the same kinds, in the same versions and order, as those that are watched. */

import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { configMaps } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';
import { describeError } from '../../platform/observability/log.js';
import { admit, type Found } from './found.js';
import { configMapName, metallbKinds } from './resources.js';
import type { Unread } from './unread.js';
import { type Known, servedKinds, servedName } from './watched-kinds.js';

/** Rejects when it cannot be asked which kinds there are. What cannot be read of one is said among `unread`. */
export async function knownNow(client: ApiClient, namespace: string): Promise<Known> {
  const served = await servedKinds(client);
  const found: Found[] = [];
  const unread: Unread[] = [];
  for (const versions of metallbKinds) {
    const there = versions.filter((each) => served.has(servedName(each)));
    const { kind } = versions[0]!;
    const read = await firstReadable(client, namespace, there);
    if (there.length === 0) unread.push({ what: kind, why: `the API server does not have ${kind}s`, absent: true });
    else if ('why' in read) unread.push({ what: kind, why: `${kind}s cannot be read: ${read.why}` });
    else found.push(...read.found);
  }
  const config = await client.get<KubernetesObject>(configMaps, `${namespace}/${configMapName}`).then(
    (object) => ({ object }),
    (error: unknown) => ({ why: describeError(error) }),
  );
  if ('why' in config) unread.push({ what: configMaps.kind, why: `${configMaps.kind}s cannot be read: ${config.why}` });
  else if (config.object !== undefined) found.push(...foundAs(configMaps, [config.object]));
  return { found, unread };
}

async function firstReadable(
  client: ApiClient,
  namespace: string,
  versions: readonly Resource[],
): Promise<{ readonly found: readonly Found[] } | { readonly why: string }> {
  let why = 'there is no version of it';
  for (const resource of versions)
    try {
      return { found: foundAs(resource, (await client.list<KubernetesObject>(resource, { namespace })).items) };
    } catch (error) {
      // Its definition has gone since.
      if (hasStatus(error, 404)) return { found: [] };
      why = describeError(error);
    }
  return { why };
}

function foundAs(resource: Resource, objects: readonly KubernetesObject[]): readonly Found[] {
  return objects
    .flatMap((object) => admit(resource, object).object?.found ?? [])
    .sort((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1));
}
