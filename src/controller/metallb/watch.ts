/**
 * What there is of MetalLB's objects in its namespace. Which kinds the server has is asked again and again, since somebody may install them, or
 * other versions of them. A kind that cannot be read is said, and the others go on.
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
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import { sameJson } from '../objects/same-json.js';
import { configMapName, configMaps, metallbGroup, metallbKinds } from './resources.js';
import type { Unread } from './unread.js';

/** One of MetalLB's objects. Its contents are anybody's guess. */
export interface Found {
  readonly document: Document;
  readonly reference: ObjectReference;
}

/** All that is known of them. */
export interface Known {
  /** In the order of kinds, then of names. */
  readonly found: readonly Found[];
  readonly unread: readonly Unread[];
}

export interface MetallbSource {
  /** Undefined while it is not clear which kinds can be read. */
  known(): Known | undefined;
  /** The kinds that the server has, or had, and why what is known of one may be out of date; undefined: it is not. */
  kinds(): ReadonlyMap<string, string | undefined>;
  /** What is not up to date, for people; undefined when everything is. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** How often the server is asked which kinds it has, and whether they can be read, in milliseconds. */
const lookEveryMs = 5_000;

interface Kept extends KubernetesObject {
  readonly metadata: ObjectMeta;
  readonly found: Found;
}

interface Watched {
  readonly resource: Resource;
  readonly cache: Cache<Kept>;
}

export function watchMetallb(
  client: ApiClient,
  o: { readonly namespace: string; readonly onChange: () => void; readonly log: Log; readonly clock: Clock },
): MetallbSource {
  const { namespace, log, clock } = o;
  /** By kind. */
  const watched = new Map<string, Watched>();
  /** Versions of kinds that could not be read, of which another may be. */
  const failed = new Set<Resource>();
  /** Which kinds there are has been found out once. */
  let looked = false;
  let lastError: string | undefined;
  let told: readonly Unread[] | undefined;
  /** Why a kind could not be read at first: what is said of it stays the same, though errors have the time in them. */
  const whys = new Map<string, string>();
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
    cache.synced.catch(() => {}); // rejected when stopped before
    watched.set(resource.kind, { resource, cache });
  };

  const look = async () => {
    const served = new Set<string>();
    for (const version of new Set(metallbKinds.flat().map((each) => each.version)))
      for (const plural of await pluralsOf(client, version)) served.add(`${version} ${plural}`);
    for (const versions of metallbKinds) {
      const there = versions.filter(({ version, plural }) => served.has(`${version} ${plural}`));
      const former = watched.get(versions[0]!.kind);
      if (former !== undefined && isUnread(former)) failed.add(former.resource);
      // What is stored in another version may need a webhook to be read in this one.
      if (there.every((each) => failed.has(each))) for (const each of there) failed.delete(each);
      const resource = there.find((each) => !failed.has(each));
      if (resource === undefined || (former !== undefined && !isBetter(resource, former, versions))) continue;
      await former?.cache.stop();
      if (stopped) return;
      start(resource);
      log.info("reads MetalLB's objects", { kind: resource.kind, version: resource.version, namespace });
    }
    looked = true;
  };

  const lookOn = async () => {
    try {
      await look();
      lastError = undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (lastError === undefined) log.warn("cannot find out which of MetalLB's kinds there are", { error: message });
      lastError = message;
    }
    if (stopped) return;
    const now = known()?.unread;
    if (!sameJson(now, told)) o.onChange();
    told = now;
    cancel = clock.after(lookEveryMs, () => void lookOn());
  };

  const known = (): Known | undefined => {
    if (!looked) return undefined;
    const unread: Unread[] = [];
    for (const { resource, cache } of watched.values()) {
      const { synced, lastError: why } = cache.health();
      if (synced) {
        whys.delete(resource.kind);
        continue;
      }
      const first = whys.get(resource.kind) ?? why;
      // Which of the two it is shows soon.
      if (first === undefined) return undefined;
      whys.set(resource.kind, first);
      unread.push({ what: resource.kind, why: `${resource.kind}s cannot be read: ${first}` });
    }
    const order = [...metallbKinds.map(([kind]) => kind!.kind), configMaps.kind];
    for (const kind of order)
      if (!watched.has(kind)) unread.push({ what: kind, why: `the API server does not have ${kind}s`, absent: true });
    const found = order.flatMap((kind) =>
      [...(watched.get(kind)?.cache.list() ?? [])]
        .map((each) => each.found)
        .sort((a, b) => (a.document.metadata.name < b.document.metadata.name ? -1 : 1)),
    );
    return { found, unread };
  };

  const kinds = () =>
    new Map([...watched].map(([kind, { resource, cache }]) => [kind, outOfTouch(resource.plural, cache.health())]));

  start(configMaps, `metadata.name=${configMapName}`);
  void lookOn();
  return {
    known,
    kinds,
    problem: () => {
      if (!looked) return `it is not known yet which of MetalLB's kinds there are: ${lastError ?? 'no answer so far'}`;
      return [...kinds().values()].find((each) => each !== undefined);
    },
    stop: async () => {
      stopped = true;
      cancel();
      await Promise.all([...watched.values()].map(({ cache }) => cache.stop()));
    },
  };
}

function isUnread({ cache }: Watched): boolean {
  const { synced, lastError } = cache.health();
  return !synced && lastError !== undefined;
}

/** Whether a kind is to be read in this version from now on: it is preferred, or that in use cannot be read. */
function isBetter(resource: Resource, { resource: former, cache }: Watched, versions: readonly Resource[]): boolean {
  const rank = ({ version }: Resource) => versions.findIndex((each) => each.version === version);
  if (rank(resource) === rank(former)) return false;
  return rank(resource) < rank(former) || cache.health().lastError !== undefined;
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
