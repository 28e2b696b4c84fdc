/**
 * What there is of MetalLB's objects in its namespace. Kinds that the server does not know are asked for again and again, since somebody may
 * install them; until then there are none of them.
 */
import { type Document, fields } from '../../convert/document.js';
import { documentOf } from '../../convert/read.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { ObjectReference } from '../../platform/kubernetes/event-object.js';
import {
  apiVersionOf,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
} from '../../platform/kubernetes/resource.js';
import { configMapName, configMaps, metallbGroup, metallbKinds } from './resources.js';

/** One of MetalLB's objects. Its contents are anybody's guess. */
export interface Found {
  readonly document: Document;
  readonly reference: ObjectReference;
}

export interface MetallbSource {
  /** In the order of kinds, then of names; undefined while not everything was read once. */
  found(): readonly Found[] | undefined;
  stop(): Promise<void>;
}

/** How often kinds that are missing are asked for, in milliseconds. */
const lookEveryMs = 5_000;

interface Kept extends KubernetesObject {
  readonly metadata: ObjectMeta;
  readonly found: Found;
}

export function watchMetallb(
  client: ApiClient,
  o: { readonly namespace: string; readonly onChange: () => void; readonly log: Log; readonly clock: Clock },
): MetallbSource {
  const { namespace, log, clock } = o;
  const caches = new Map<string, Cache<Kept>>();
  /** Which kinds there are has been found out once. */
  let looked = false;
  let stopped = false;
  let cancel = () => {};

  const start = (resource: Resource, fieldSelector?: string) => {
    const cache = startCache<Kept>(client, resource, {
      namespace,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      admit: (object) => admit(resource, object),
      onChange: o.onChange,
      onList: o.onChange,
      log,
      clock,
    });
    caches.set(resource.plural, cache);
  };

  const look = async () => {
    const missing = metallbKinds.filter(([kind]) => !caches.has(kind!.plural));
    const versions = new Set(missing.flat().map(({ version }) => version));
    const served = new Set<string>();
    for (const version of versions)
      for (const plural of await pluralsOf(client, version)) served.add(`${version} ${plural}`);
    if (stopped) return;
    for (const kind of missing) {
      const resource = kind.find(({ version, plural }) => served.has(`${version} ${plural}`));
      if (resource === undefined) continue;
      start(resource);
      log.info("reads MetalLB's objects", { kind: resource.kind, version: resource.version, namespace });
    }
    if (!looked) o.onChange();
    looked = true;
  };

  const lookOn = async () => {
    await look().catch((error: unknown) => log.warn("cannot find out which of MetalLB's kinds there are", { error }));
    if (!stopped && caches.size <= metallbKinds.length) cancel = clock.after(lookEveryMs, () => void lookOn());
  };

  start(configMaps, `metadata.name=${configMapName}`);
  void lookOn();
  return {
    found: () => {
      const all = [...caches.values()];
      if (!looked || all.some((cache) => !cache.isSynced())) return undefined;
      const order = [...metallbKinds.map(([kind]) => kind!.plural), configMaps.plural];
      return order.flatMap((plural) =>
        [...(caches.get(plural)?.list() ?? [])]
          .map(({ found }) => found)
          .sort((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1)),
      );
    },
    stop: async () => {
      stopped = true;
      cancel();
      await Promise.all([...caches.values()].map((cache) => cache.stop()));
    },
  };
}

/** The plurals of MetalLB's kinds that a version of its group has; none where the server does not know it. */
async function pluralsOf(client: ApiClient, version: string): Promise<readonly string[]> {
  try {
    const answer = await client.request<unknown>({ method: 'GET', path: `/apis/${metallbGroup}/${version}` });
    const { resources } = fields(answer);
    return Array.isArray(resources) ? resources.map((each) => String(fields(each).name)) : [];
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}

function admit(resource: Resource, object: KubernetesObject): Admission<Kept> {
  const apiVersion = apiVersionOf(resource);
  const document = documentOf(apiVersion, resource.kind, fields(object));
  if (document === undefined) return { problem: 'metadata.name: is missing' };
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const place = { ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const reference = { apiVersion, kind: resource.kind, name, ...place };
  const metadata = { name, ...place, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { object: { metadata, found: { document, reference } } };
}
