import { apiVersionOf, type KubernetesObject, parseKey, pathOf, type Resource } from '../resource.js';
import type { ApplyOptions, JsonPatchOperation, PatchOptions } from './contract.js';
import { request } from './request.js';
import type { ClientState } from './state.js';

/** Owns: the three ways to change part of an object. */

export function apply<T>(
  state: ClientState,
  resource: Resource,
  key: string,
  body: object,
  o: ApplyOptions,
): Promise<T> {
  const metadata = { ...(body as Partial<KubernetesObject>).metadata, ...parseKey(key) };
  const whole = { ...body, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  return patch(state, 'application/apply-patch+yaml', resource, key, whole, o);
}

export function mergePatch<T>(
  state: ClientState,
  resource: Resource,
  key: string,
  body: object,
  { uid, resourceVersion, ...o }: PatchOptions = {},
): Promise<T> {
  const metadata = { ...(body as Partial<KubernetesObject>).metadata, uid, resourceVersion };
  const guarded = uid === undefined && resourceVersion === undefined ? body : { ...body, metadata };
  return patch(state, 'application/merge-patch+json', resource, key, guarded, o);
}

export function jsonPatch<T>(
  state: ClientState,
  resource: Resource,
  key: string,
  operations: readonly JsonPatchOperation[],
  { uid, resourceVersion, ...o }: PatchOptions = {},
): Promise<T> {
  const tests = Object.entries({ uid, resourceVersion })
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => ({ op: 'test', path: `/metadata/${field}`, value }));
  return patch(state, 'application/json-patch+json', resource, key, [...tests, ...operations], o);
}

function patch<T>(
  state: ClientState,
  contentType: string,
  resource: Resource,
  key: string,
  body: unknown,
  { subresource, fieldManager, force }: Partial<ApplyOptions>,
): Promise<T> {
  const path = pathOf(resource, { ...parseKey(key), subresource });
  return request<T>(state, { method: 'PATCH', path, query: { fieldManager, force }, body, contentType });
}
