// Owns: PATCH in its four forms.
import { apply } from '../apply/field-manager.js';
import { isMap, type Json, type KubeObject } from '../object.js';
import { jsonPatch } from '../patch/json-patch.js';
import { mergePatch } from '../patch/merge-patch.js';
import { strategicMergePatch } from '../patch/strategic-merge-patch.js';
import { badRequest, Failure, invalid, notFound, unsupportedMediaType } from '../status.js';
import { createDecoded } from './create.js';
import { decode, identified, normalize } from './decode.js';
import { type Environment, keyOf, type Target, type WriteOptions } from './environment.js';
import { replaceLive } from './update.js';
import { present } from './versions.js';
import { checkPreconditions, refuseManagedFields, storeUpdate, writeOf } from './write.js';

export interface PatchOptions extends WriteOptions {
  readonly contentType: string;
  readonly force: boolean;
  readonly fieldManagerGiven: boolean;
}

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const applyYaml = 'application/apply-patch+yaml';

/** The patched or created object, and whether it was created. */
export function patch(
  environment: Environment,
  target: Target,
  body: Json,
  options: PatchOptions,
): { object: KubeObject; created: boolean } {
  const { resource, version, namespace, name } = target;
  const stored = environment.store.get(resource.collection, keyOf(namespace, name!));
  const live = stored && present(stored, resource, version);
  if (options.contentType === applyYaml) return applyPatch(environment, target, live, body, options);
  if (!live) throw notFound(resource, name!);
  const changed = changedBy(live, body, target, options.contentType);
  if (!isMap(changed)) throw badRequest('the patched object is not an object');
  const next = decode(changed, target, options);
  if (next.metadata.name !== name) throw badRequest('a patch cannot change metadata.name');
  return { object: replaceLive(environment, target, live, next, options), created: false };
}

function changedBy(live: KubeObject, body: Json, { resource, version }: Target, contentType: string): Json {
  if (contentType === json) return jsonPatch(live, body);
  if (contentType === merge) return mergePatch(live, body);
  if (contentType === strategic && !resource.custom && isMap(body))
    return strategicMergePatch(live, body, version.schema);
  throw unsupportedMediaType(
    contentType,
    resource.custom ? [json, merge, applyYaml] : [json, merge, strategic, applyYaml],
  );
}

function applyPatch(
  environment: Environment,
  target: Target,
  live: KubeObject | undefined,
  body: Json,
  options: PatchOptions,
) {
  const { resource, name, namespace } = target;
  if (!options.fieldManagerGiven)
    throw invalid('meta.k8s.io', 'PatchOptions', '', [
      { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
    ]);
  const applied = identified(body, target);
  refuseManagedFields(applied);
  if (applied.metadata.name !== undefined && applied.metadata.name !== name)
    throw badRequest(`metadata.name (${applied.metadata.name}) does not match the name on the URL (${name})`);
  if (!live && target.subresource) throw notFound(resource, name!);
  refuseUndeclared(applied, target);
  const write = { ...writeOf(environment, target, options, 'Apply'), force: options.force };
  if (!live) {
    if (applied.metadata.resourceVersion || applied.metadata.uid) throw notFound(resource, name!);
    const empty = {
      apiVersion: applied.apiVersion,
      kind: applied.kind,
      metadata: { name, ...(namespace && { namespace }) },
    } as KubeObject;
    const next = finish(applyOrRefuse(empty, applied, write, target), target, options);
    return { object: createDecoded(environment, target, next, options, true), created: true };
  }
  checkPreconditions(applied.metadata, live, target);
  const next = finish(applyOrRefuse(live, applied, write, target), target, options);
  return { object: storeUpdate(environment, target, live, next, options), created: false };
}

/** Defaults come after the merge: nobody owns them. */
function finish(object: KubeObject, target: Target, options: WriteOptions): KubeObject {
  const full = normalize(object, target, options);
  target.resource.strategy.setDefaults?.(full);
  return full;
}

function refuseUndeclared(applied: KubeObject, target: Target): void {
  const found: string[] = [];
  normalize(applied, target, { fieldManager: '', fieldValidation: 'Warn', dryRun: true, warnings: found });
  const first = found[0]?.match(/"(.*)"/)?.[1];
  if (first) throw untyped(target, `.${first}: field not declared in schema`);
}

function applyOrRefuse(
  live: KubeObject,
  applied: KubeObject,
  write: Parameters<typeof apply>[2],
  target: Target,
): KubeObject {
  try {
    return apply(live, applied, write);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw untyped(target, (error as Error).message);
  }
}

function untyped({ resource, version, namespace, name }: Target, why: string): Failure {
  const kind = `${resource.group ? `${resource.group}/` : '/'}${version.name}, Kind=${resource.kind}`;
  return new Failure(
    500,
    '',
    `failed to create typed patch object (${namespace ? `${namespace}/` : '/'}${name}; ${kind}): ${why}`,
  );
}
