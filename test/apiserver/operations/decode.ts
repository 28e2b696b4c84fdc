// Owns: turning what a client sent into an object of the target's kind.
// Source: kube-apiserver's decoding and field validation (fieldValidation=Strict|Warn|Ignore, 1.27).

import { apiVersionOf } from '../kinds/resource.js';
import { isMap, type Json, type KubeObject } from '../object.js';
import { typeMismatch } from '../schema/check-types.js';
import { applyDefaults, dropEmpty, prune } from '../schema/normalize.js';
import { badRequest } from '../status.js';
import type { Target, WriteOptions } from './environment.js';

/** A clone of `body` with only known fields and with defaults. Throws a 400 Failure when it is not such an object. */
export function decode(body: Json, target: Target, options: WriteOptions): KubeObject {
  const object = normalize(identified(body, target), target, options);
  target.resource.strategy.setDefaults?.(object);
  return object;
}

/** The same for an applied configuration: what is not in it must stay absent, so nothing is defaulted. */
export function identified(body: Json, { resource, version }: Target): KubeObject {
  if (!isMap(body)) throw badRequest('the request body is not an object');
  const apiVersion = apiVersionOf(resource.group, version.name);
  const sent = { apiVersion: body.apiVersion ?? apiVersion, kind: body.kind ?? resource.kind };
  if (sent.apiVersion !== apiVersion)
    throw badRequest(
      `the API version in the data (${sent.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  if (sent.kind !== resource.kind)
    throw badRequest(
      `${sent.kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${resource.kind}: no kind ${JSON.stringify(sent.kind)} is registered for it`,
    );
  const metadata = body.metadata ?? {};
  if (!isMap(metadata)) throw badRequest('json: cannot unmarshal metadata: it is not an object');
  return structuredClone({ ...body, ...sent, metadata }) as KubeObject;
}

/** Prunes, checks types and fills in the schema's defaults. */
export function normalize(object: KubeObject, { resource, version }: Target, options: WriteOptions): KubeObject {
  const unknown: string[] = [];
  const pruned = prune(object, version.schema, unknown) as KubeObject;
  reportUnknown(unknown, resource.kind, version.name, options);
  const checked = resource.custom ? { metadata: pruned.metadata } : pruned;
  const mismatch = typeMismatch(
    checked,
    resource.custom ? { properties: { metadata: version.schema.properties!.metadata! } } : version.schema,
  );
  if (mismatch)
    throw badRequest(
      `${resource.kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${resource.kind}: ${mismatch}`,
    );
  const full = resource.custom ? pruned : (dropEmpty(pruned, version.schema) as KubeObject);
  const metadata = dropEmpty(full.metadata, version.schema.properties!.metadata!) as KubeObject['metadata'];
  return applyDefaults({ ...full, metadata }, version.schema) as KubeObject;
}

function reportUnknown(unknown: readonly string[], kind: string, version: string, options: WriteOptions): void {
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  const complaints = unknown.map((path) => `unknown field "${path}"`);
  if (options.fieldValidation === 'Warn') options.warnings.push(...complaints);
  else
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${complaints.join(', ')}`,
    );
}
