/**
 * Which of MetalLB's kinds are watched, each in which version, and what is known of their objects: a record with functions beside it. A kind
 * that cannot be read is said, and the others go on.
 */

import { fields } from '../../convert/document.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { configMaps } from '../../platform/kubernetes/builtin-resources.js';
import type { Cache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import type { Found, Kept } from './found.js';
import { metallbGroup, metallbKinds } from './resources.js';
import type { Unread } from './unread.js';

/** All that is known of MetalLB's objects. */
export interface Known {
  /** In the order of kinds, then of names. */
  readonly found: readonly Found[];
  readonly unread: readonly Unread[];
}

export interface Watched {
  readonly resource: Resource;
  readonly cache: Cache<Kept>;
}

export interface WatchedKinds {
  /** By kind. */
  readonly watched: Map<string, Watched>;
  /** Versions of kinds that could not be read, of which another may be. */
  readonly failed: Set<Resource>;
  /** Why a kind could not be read at first: what is said of it stays the same, though errors have the time in them. */
  readonly whys: Map<string, string>;
}

export function newWatchedKinds(): WatchedKinds {
  return { watched: new Map(), failed: new Set(), whys: new Map() };
}

/**
 * Each kind that is to be watched from now on, or in another version than so far.
 *
 * @param served what the server has: `servedKinds`
 */
export function* kindsToWatch({ watched, failed }: WatchedKinds, served: ReadonlySet<string>): Generator<Resource> {
  for (const versions of metallbKinds) {
    const there = versions.filter((each) => served.has(servedName(each)));
    const former = watched.get(versions[0]!.kind);
    if (former !== undefined && isUnread(former)) failed.add(former.resource);
    // What is stored in another version may need a webhook to be read in this one.
    if (there.every((each) => failed.has(each))) for (const each of there) failed.delete(each);
    const resource = there.find((each) => !failed.has(each));
    if (resource !== undefined && (former === undefined || isBetter(resource, former, versions))) yield resource;
  }
}

/** The kinds that the server has, in each of their versions. Rejects when one cannot be asked for. */
export async function servedKinds(client: ApiClient): Promise<ReadonlySet<string>> {
  const served = new Set<string>();
  for (const version of new Set(metallbKinds.flat().map((each) => each.version)))
    for (const plural of await pluralsOf(client, version)) served.add(servedName({ version, plural }));
  return served;
}

/** What is known of their objects; undefined while it is not clear whether each kind that is watched can be read. */
export function knownOf({ watched, whys }: WatchedKinds): Known | undefined {
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
}

/** The kinds that the server has, or had, and why what is known of one may be out of date; undefined: it is not. */
export function staleness({ watched }: WatchedKinds): Map<string, string | undefined> {
  return new Map(
    [...watched].map(([kind, { resource, cache }]) => [kind, outOfTouch(resource.plural, cache.health())]),
  );
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

export function servedName({ version, plural }: Pick<Resource, 'version' | 'plural'>): string {
  return `${version} ${plural}`;
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
