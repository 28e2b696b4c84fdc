/**
 * Owns: what a Kubernetes resource is called and where it lives on the server.
 * Source: Kubernetes API concepts, "Resource URIs".
 */

/** The part of ObjectMeta that this folder reads; objects pass through with all their fields. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface KubernetesObject {
  readonly metadata: ObjectMeta;
}

/** One of the generated types of `@kubernetes/client-node` as it arrives from a server: with metadata and a name. */
export type Stored<T> = T & KubernetesObject;

export interface ObjectList<T> {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    /** Of a page that others follow: how many objects these have. */
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower case, as in the path and in RBAC rules. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** `v1` or `group/version`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, or `name` for what is cluster-scoped. */
export function keyOf(metadata: Pick<ObjectMeta, 'name' | 'namespace'>): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

/** The inverse of {@link keyOf}. */
export function parseKey(key: string): { name: string; namespace?: string } {
  const slash = key.indexOf('/');
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The server path of a collection (no name), an object, or a subresource; without a query. */
export function pathOf(
  resource: Resource,
  at: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {},
): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const parts = [root, resource.version];
  if (resource.namespaced && at.namespace) parts.push('namespaces', encodeURIComponent(at.namespace));
  parts.push(resource.plural);
  if (at.name) parts.push(encodeURIComponent(at.name));
  if (at.subresource) parts.push(at.subresource);
  return parts.join('/');
}
