// Owns: DELETE of one object and of a collection: preconditions, finalizers, grace periods, propagation.
import { isMap, type Json, type JsonMap, type KubeObject } from '../object.js';
import { conflict, notFound } from '../status.js';
import { type Environment, keyOf, type Target, timestamp } from './environment.js';
import { present, toStored } from './versions.js';

/** metav1.DeleteOptions, from the body or the query. */
export interface DeleteOptions {
  readonly propagationPolicy?: string;
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun: boolean;
}

export function deleteOptions(body: Json | undefined, query: URLSearchParams): DeleteOptions {
  const sent: JsonMap = isMap(body) ? body : {};
  const preconditions = isMap(sent.preconditions) ? sent.preconditions : {};
  const policy =
    sent.propagationPolicy ?? query.get('propagationPolicy') ?? (sent.orphanDependents === true ? 'Orphan' : undefined);
  const grace = sent.gracePeriodSeconds ?? query.get('gracePeriodSeconds');
  return {
    ...(policy && { propagationPolicy: String(policy) }),
    ...(grace !== undefined && grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(preconditions.uid && { uid: String(preconditions.uid) }),
    ...(preconditions.resourceVersion && { resourceVersion: String(preconditions.resourceVersion) }),
    dryRun: query.has('dryRun') || (Array.isArray(sent.dryRun) && sent.dryRun.length > 0),
  };
}

/** Removes an object or marks it for deletion; returns its last or next state and whether it is gone. */
export function remove(
  environment: Environment,
  target: Target,
  options: DeleteOptions,
): { object: KubeObject; gone: boolean } {
  const { resource, version, namespace, name } = target;
  const key = keyOf(namespace, name!);
  const stored = environment.store.get(resource.collection, key);
  if (!stored) throw notFound(resource, name!);
  checkPreconditions(stored, target, options);
  const oldObject = present(stored, resource, version);
  environment.admit({ operation: 'DELETE', target, name: name!, oldObject, dryRun: options.dryRun });
  const marked = marking(environment, target, stored, options);
  const show = (object: KubeObject) => present(object, resource, version);
  if (options.dryRun) return { object: show(stored), gone: true };
  if (!marked) return { object: show(environment.store.remove(resource.collection, key)), gone: true };
  if (stored.metadata.deletionTimestamp && sameFinalizers(stored, marked)) return { object: show(stored), gone: false };
  return {
    object: show(environment.store.put(resource.collection, key, toStored(marked, resource, version))),
    gone: false,
  };
}

function checkPreconditions(
  live: KubeObject,
  { resource, name }: Target,
  { uid, resourceVersion }: DeleteOptions,
): void {
  const { metadata } = live;
  if (uid && uid !== metadata.uid)
    throw conflict(
      resource,
      name!,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      resource,
      name!,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
}

/** The object with its deletion under way, `undefined` when nothing holds it back. */
function marking(
  environment: Environment,
  { resource }: Target,
  live: KubeObject,
  options: DeleteOptions,
): KubeObject | undefined {
  const finalizers = new Set(live.metadata.finalizers);
  if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
  if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
  const holds =
    resource.collection === 'namespaces' || resource.collection === 'customresourcedefinitions.apiextensions.k8s.io';
  if (resource.collection === 'customresourcedefinitions.apiextensions.k8s.io')
    finalizers.add('customresourcecleanup.apiextensions.k8s.io');
  const grace = gracePeriod(resource.collection, live, options);
  if (finalizers.size === 0 && !holds && grace === 0) return undefined;
  const metadata = {
    ...live.metadata,
    ...(finalizers.size > 0 && { finalizers: [...finalizers] }),
    deletionTimestamp: live.metadata.deletionTimestamp ?? timestamp(environment),
    deletionGracePeriodSeconds: grace,
  };
  if (live.metadata.generation !== undefined && !live.metadata.deletionTimestamp)
    metadata.generation = live.metadata.generation + 1;
  const status =
    resource.collection === 'namespaces' ? { status: { ...(live.status as JsonMap), phase: 'Terminating' } } : {};
  return { ...live, metadata, ...status };
}

/** Pods on a node wait for their kubelet, which has until the grace period to say so by deleting with 0. */
function gracePeriod(collection: string, live: KubeObject, options: DeleteOptions): number {
  const spec = isMap(live.spec) ? live.spec : {};
  if (collection !== 'pods' || !spec.nodeName) return 0;
  return options.gracePeriodSeconds ?? Number(spec.terminationGracePeriodSeconds ?? 30);
}

function sameFinalizers(a: KubeObject, b: KubeObject): boolean {
  return (
    (a.metadata.finalizers ?? []).join() === (b.metadata.finalizers ?? []).join() &&
    a.metadata.deletionGracePeriodSeconds === b.metadata.deletionGracePeriodSeconds
  );
}
