// Owns: PUT, on objects and on their status.
import { recordUpdate } from '../apply/field-manager.js';
import type { Json, KubeObject } from '../object.js';
import { badRequest, invalid, notFound } from '../status.js';
import { createDecoded } from './create.js';
import { decode } from './decode.js';
import { type Environment, keyOf, type Target, type WriteOptions } from './environment.js';
import { present } from './versions.js';
import { checkPreconditions, storeUpdate, writeOf } from './write.js';

export function update(environment: Environment, target: Target, body: Json, options: WriteOptions): KubeObject {
  const { resource, version, namespace, name } = target;
  const sent = decode(body, target, options);
  const next = {
    ...sent,
    metadata: { ...sent.metadata, name: sent.metadata.name || name!, ...(namespace && { namespace }) },
  };
  if (next.metadata.name !== name)
    throw badRequest(`the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`);
  const stored = environment.store.get(resource.collection, keyOf(namespace, name!));
  if (!stored) {
    if (resource.strategy.createOnUpdate && !target.subresource && !next.metadata.resourceVersion)
      return createDecoded(environment, target, next, options);
    throw notFound(resource, name!);
  }
  const live = present(stored, resource, version);
  if (!next.metadata.resourceVersion && !resource.strategy.unconditionalUpdate)
    throw invalid(resource.group, resource.kind, name!, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0x0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ]);
  return replaceLive(environment, target, live, next, options);
}

/** Writes a whole next state over the live one, for PUT and for patches. */
export function replaceLive(
  environment: Environment,
  target: Target,
  live: KubeObject,
  next: KubeObject,
  options: WriteOptions,
): KubeObject {
  checkPreconditions(next.metadata, live, target);
  return storeUpdate(
    environment,
    target,
    live,
    recordUpdate(live, next, writeOf(environment, target, options, 'Update')),
    options,
  );
}
