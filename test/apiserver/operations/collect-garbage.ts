// Owns: what kube-controller-manager does after deletions: dependents, contents of namespaces, objects of CRDs, finalizers of propagation.
// Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/

import type { Resource, Version } from '../kinds/resource.js';
import { isMap, type JsonMap, type KubeObject } from '../object.js';
import { remove } from './delete.js';
import type { Environment, Target } from './environment.js';
import { keyOf } from './environment.js';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** Makes one pass; returns whether it changed anything, in which case another pass may find more. */
export function collectGarbage(environment: Environment): boolean {
  return (
    collectDependents(environment) ||
    finishPropagation(environment) ||
    emptyNamespaces(environment) ||
    emptyDefinitions(environment)
  );
}

interface Found {
  readonly resource: Resource;
  readonly object: KubeObject;
}

function everything({ registry, store }: Environment): Found[] {
  const seen = new Set<string>();
  return registry.resources().flatMap((resource) => {
    if (seen.has(resource.collection)) return [];
    seen.add(resource.collection);
    return store.list(resource.collection)!.map(([, object]) => ({ resource, object }));
  });
}

const storageVersion = (resource: Resource): Version =>
  resource.versions.find((version) => version.name === resource.storageVersion)!;

function removeFound(environment: Environment, { resource, object }: Found): boolean {
  const { namespace, name } = object.metadata;
  const target: Target = { resource, version: storageVersion(resource), namespace, name, subresource: undefined };
  const before = environment.store.revision();
  remove(environment, target, { dryRun: false, gracePeriodSeconds: 0 });
  return environment.store.revision() > before;
}

const ownersOf = ({ metadata }: KubeObject): JsonMap[] =>
  Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences.filter(isMap) : [];

/** An object goes when all its owners are gone or are waiting for it. */
function collectDependents(environment: Environment): boolean {
  const all = everything(environment);
  const byUid = new Map(all.map((found) => [found.object.metadata.uid, found.object]));
  const isGoing = (owner: JsonMap) => {
    const object = byUid.get(String(owner.uid));
    return (
      !object ||
      (object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.includes('foregroundDeletion'))
    );
  };
  const doomed = all.filter(({ object }) => {
    const owners = ownersOf(object);
    return owners.length > 0 && !object.metadata.deletionTimestamp && owners.every(isGoing);
  });
  return doomed.map((found) => removeFound(environment, found)).some(Boolean);
}

/** Takes off `foregroundDeletion` when no dependent is left, and `orphan` after the dependents forgot their owner. */
function finishPropagation(environment: Environment): boolean {
  const all = everything(environment);
  const dependentsOf = (uid: string) => all.filter(({ object }) => ownersOf(object).some((owner) => owner.uid === uid));
  for (const found of all) {
    const { uid, finalizers = [], deletionTimestamp } = found.object.metadata;
    if (!deletionTimestamp) continue;
    if (finalizers.includes('orphan')) {
      for (const dependent of dependentsOf(uid)) disown(environment, dependent, uid);
      return dropFinalizer(environment, found, 'orphan');
    }
    if (finalizers.includes('foregroundDeletion') && dependentsOf(uid).length === 0)
      return dropFinalizer(environment, found, 'foregroundDeletion');
  }
  return false;
}

function disown({ store }: Environment, { resource, object }: Found, uid: string): void {
  const ownerReferences = ownersOf(object).filter((owner) => owner.uid !== uid);
  const { ownerReferences: _, ...metadata } = object.metadata;
  const next = { ...metadata, ...(ownerReferences.length > 0 && { ownerReferences }) } as KubeObject['metadata'];
  store.put(resource.collection, keyOf(next.namespace, next.name), { ...object, metadata: next });
}

function dropFinalizer(environment: Environment, { resource, object }: Found, finalizer: string): boolean {
  const finalizers = (object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
  const { finalizers: _, ...rest } = object.metadata;
  const metadata = { ...rest, ...(finalizers.length > 0 && { finalizers }) } as KubeObject['metadata'];
  const key = keyOf(metadata.namespace, metadata.name);
  environment.store.put(resource.collection, key, { ...object, metadata });
  if (finalizers.length === 0) environment.store.remove(resource.collection, key);
  return true;
}

function emptyNamespaces(environment: Environment): boolean {
  const dying = environment.store.list('namespaces')!.filter(([, object]) => object.metadata.deletionTimestamp);
  for (const [name, object] of dying) {
    const contents = everything(environment).filter((found) => found.object.metadata.namespace === name);
    if (contents.map((found) => removeFound(environment, found)).some(Boolean)) return true;
    if (contents.length > 0 || object.metadata.finalizers?.length) continue;
    environment.store.remove('namespaces', name);
    return true;
  }
  return false;
}

function emptyDefinitions(environment: Environment): boolean {
  const dying = environment.store.list(definitions)!.filter(([, object]) => object.metadata.deletionTimestamp);
  const resource = environment.registry.resources().find((candidate) => candidate.collection === definitions)!;
  for (const [name, object] of dying) {
    const contents = everything(environment).filter((found) => found.resource.collection === name);
    if (contents.map((found) => removeFound(environment, found)).some(Boolean)) return true;
    if (contents.length === 0 && object.metadata.finalizers?.includes(cleanup))
      return dropFinalizer(environment, { resource, object }, cleanup);
  }
  return false;
}
