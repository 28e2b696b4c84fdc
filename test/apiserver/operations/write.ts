// Owns: the common end of every write: ownership, the kind's own rules, checks, generation, storing.

import type { Write } from '../apply/field-manager.js';
import { setOf } from '../apply/field-set.js';
import { apiVersionOf } from '../kinds/resource.js';
import { equals, isMap, type JsonMap, type KubeObject } from '../object.js';
import { conflict, Failure, invalid, modified } from '../status.js';
import { type Environment, keyOf, surroundings, type Target, timestamp, type WriteOptions } from './environment.js';
import { metadataProblems } from './metadata.js';
import { present, toStored } from './versions.js';

/** How field managers see this endpoint: status and the rest are written apart. */
export function writeOf(
  environment: Environment,
  target: Target,
  options: WriteOptions,
  operation: 'Apply' | 'Update',
): Write {
  const { resource, version } = target;
  return {
    manager: {
      manager: options.fieldManager,
      operation,
      apiVersion: apiVersionOf(resource.group, version.name),
      subresource: target.subresource ?? '',
    },
    schema: version.schema,
    ignored: setOf(ignoredFields(target).map((field) => [`f:${field}`])),
    now: timestamp(environment),
  };
}

function ignoredFields({ resource, version, subresource }: Target): string[] {
  if (subresource !== 'status') return resource.hasStatus ? ['status'] : [];
  if (!resource.custom) return ['spec'];
  return Object.keys(version.schema.properties ?? {}).filter((field) => field !== 'status');
}

/** What a client may not decide about an object that exists, put back; the parts another endpoint writes, put back. */
export function keepServerFields(next: KubeObject, live: KubeObject, target: Target): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, generateName } =
    live.metadata;
  const kept = { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, generateName };
  const metadata = withoutAbsent({ ...next.metadata, ...kept, resourceVersion: live.metadata.resourceVersion });
  if (target.subresource !== 'status') {
    const full = { ...next, metadata };
    return target.resource.hasStatus ? (withoutAbsent({ ...full, status: live.status }) as KubeObject) : full;
  }
  const { managedFields } = next.metadata;
  const ownMetadata = target.resource.custom ? withoutAbsent({ ...live.metadata, managedFields }) : metadata;
  return withoutAbsent({ ...live, metadata: ownMetadata, status: next.status }) as KubeObject;
}

function withoutAbsent<T extends object>(map: T): T {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as T;
}

/** Throws a 409 Failure when the client wrote for another state (resourceVersion) or another object (uid). */
export function checkPreconditions(sent: KubeObject['metadata'], live: KubeObject, { resource, name }: Target): void {
  if (sent.uid && sent.uid !== live.metadata.uid)
    throw conflict(
      resource,
      name!,
      `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${live.metadata.uid}`,
    );
  if (sent.resourceVersion && sent.resourceVersion !== live.metadata.resourceVersion)
    throw conflict(resource, name!, modified);
}

/** Stores the next state of an existing object unless nothing changed; removes it when its last finalizer is gone. */
export function storeUpdate(
  environment: Environment,
  target: Target,
  live: KubeObject,
  next: KubeObject,
  options: WriteOptions,
): KubeObject {
  const { resource, version, name } = target;
  const final = structuredClone(keepServerFields(next, live, target));
  if (target.subresource !== 'status') resource.strategy.prepareUpdate?.(final, live, surroundings(environment));
  refuseInvalid(final, live, target);
  const change = { operation: 'UPDATE', object: final, oldObject: live, dryRun: options.dryRun } as const;
  environment.admit({ ...change, target, name: name! });
  if (resource.strategy.hasGeneration && specChanged(live, final, resource.hasStatus))
    final.metadata.generation = (live.metadata.generation ?? 0) + 1;
  if (equals(withoutTimes(final), withoutTimes(live))) return live;
  if (options.dryRun) return final;
  const key = keyOf(target.namespace, name!);
  const stored = toStored(final, resource, version);
  if (final.metadata.deletionTimestamp && !final.metadata.finalizers?.length && !hasGracePeriod(final)) {
    environment.store.put(resource.collection, key, stored);
    return present(environment.store.remove(resource.collection, key), resource, version);
  }
  return present(environment.store.put(resource.collection, key, stored), resource, version);
}

/** When a manager last wrote is no change by itself. */
function withoutTimes(object: KubeObject): KubeObject {
  const { managedFields } = object.metadata;
  if (!Array.isArray(managedFields)) return object;
  const entries = managedFields.filter(isMap).map(({ time: _, ...entry }) => entry as JsonMap);
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}

function hasGracePeriod({ metadata }: KubeObject): boolean {
  return typeof metadata.deletionGracePeriodSeconds === 'number' && metadata.deletionGracePeriodSeconds > 0;
}

function specChanged(live: KubeObject, next: KubeObject, hasStatus: boolean): boolean {
  const bare = ({ metadata: _, status, ...rest }: KubeObject) => (hasStatus ? rest : { ...rest, status });
  return !equals(bare(live), bare(next));
}

/** Throws a 422 Failure that lists everything that is wrong. */
export function refuseInvalid(next: KubeObject, live: KubeObject | undefined, target: Target): void {
  const { resource, version, subresource } = target;
  const { strategy } = resource;
  const byKind =
    subresource === 'status' && live ? strategy.validateStatus?.(next, live) : strategy.validate?.(next, live);
  const causes = [...metadataProblems(next, resource), ...(byKind ?? []), ...(version.validate?.(next) ?? [])];
  if (causes.length > 0) throw invalid(resource.group, resource.kind, next.metadata.name, causes);
}

/** Throws a 400 Failure when an applied configuration brings managedFields. */
export function refuseManagedFields(applied: KubeObject): void {
  if (Array.isArray(applied.metadata.managedFields))
    throw new Failure(400, 'BadRequest', 'metadata.managedFields must be nil');
}
