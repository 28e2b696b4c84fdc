import { identityOf } from '../admission.js';
import { isAbsent } from '../api-error.js';
import { ConnectionError } from '../connection-error.js';
import { apiVersionOf, type KubernetesObject, keyOf, parseKey, pathOf, type Resource } from '../resource.js';
import type { RemoveOptions } from './contract.js';
import { request } from './request.js';
import type { ClientState } from './state.js';

/** Owns: reading, making, replacing and deleting one object. */

export async function get<T>(state: ClientState, resource: Resource, key: string): Promise<T | undefined> {
  const path = pathOf(resource, parseKey(key));
  try {
    const object = await request<T | null | undefined>(state, { method: 'GET', path });
    if (object && identityOf(object)?.name === parseKey(key).name) return object;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  throw new ConnectionError('interrupted', `GET ${path}: the server answered with what is no object of that name`);
}

export function create<T extends KubernetesObject>(
  state: ClientState,
  resource: Resource,
  object: T,
  { fieldManager }: { readonly fieldManager?: string } = {},
): Promise<T> {
  return request(state, {
    method: 'POST',
    path: pathOf(resource, { namespace: object.metadata.namespace }),
    query: { fieldManager },
    body: typed(resource, object),
  });
}

export function replace<T extends KubernetesObject>(
  state: ClientState,
  resource: Resource,
  object: T,
  { subresource }: { readonly subresource?: string } = {},
): Promise<T> {
  return request(state, {
    method: 'PUT',
    path: pathOf(resource, { ...parseKey(keyOf(object.metadata)), subresource }),
    body: typed(resource, object),
  });
}

export async function remove(
  state: ClientState,
  resource: Resource,
  key: string,
  { uid, resourceVersion, propagationPolicy }: RemoveOptions = {},
): Promise<boolean> {
  const body = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy,
    preconditions: { uid, resourceVersion },
  };
  try {
    await request(state, { method: 'DELETE', path: pathOf(resource, parseKey(key)), body });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** With what the server is to be told of its kind, unless it says so itself. */
function typed(resource: Resource, object: KubernetesObject): object {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}
