import type { KubernetesObject, ObjectMeta } from './resource.js';

/**
 * Owns: what becomes of an object where a cache takes it in. Nothing that a server sends is trusted to have the shape it should have.
 */

/**
 * `object`: what is kept of it; `problem`: what is wrong with it, for people. Without `object` it is refused: what the cache holds under
 * its name stays. `refused`: most of `object` is what was held before, for the same reason.
 */
export type Admission<T> =
  | { readonly object: T; readonly problem?: string | undefined; readonly refused?: boolean }
  | { readonly object?: undefined; readonly problem: string; readonly refused?: undefined };

/** Checks an object. Total, whatever the object holds beside its identity; `held`: what the cache has under its name. */
export type Admit<T> = (object: KubernetesObject, held: T | undefined) => Admission<T>;

/** An object that came in: by whose name, and what becomes of it. */
export interface Taken<T> {
  readonly metadata: ObjectMeta;
  readonly admission: Admission<T>;
}

/** By what an object is known; undefined when it has no name to be known by. */
export function identityOf(object: unknown): ObjectMeta | undefined {
  const metadata = field(object, 'metadata');
  const name = text(metadata, 'name');
  if (name === undefined || name === '') return undefined;
  const [namespace, uid] = [text(metadata, 'namespace'), text(metadata, 'uid')];
  const resourceVersion = text(metadata, 'resourceVersion');
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** The object with the metadata it is known by in place of what was there. */
export function identified(object: object, identity: ObjectMeta): KubernetesObject {
  const found = field(object, 'metadata') as object;
  const { name: _n, namespace: _ns, uid: _u, resourceVersion: _v, ...rest } = found as never as Rest;
  return { ...object, metadata: { ...rest, ...identity } };
}

interface Rest {
  readonly name: unknown;
  readonly namespace: unknown;
  readonly uid: unknown;
  readonly resourceVersion: unknown;
}

/** Often most of an object: whoever reads them does so while the object is admitted, and keeps what it needs. */
export function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const { managedFields: found, ...metadata } = object.metadata as ObjectMeta & { readonly managedFields?: unknown };
  return found === undefined ? object : { ...object, metadata };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function text(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
}
