// Owns: POST.
import { recordUpdate } from '../apply/field-manager.js';
import type { Json, KubeObject } from '../object.js';
import { alreadyExists, badRequest, forbidden, notFound } from '../status.js';
import { decode } from './decode.js';
import { type Environment, keyOf, surroundings, type Target, timestamp, type WriteOptions } from './environment.js';
import { generatedName } from './metadata.js';
import { present, toStored } from './versions.js';
import { refuseInvalid, writeOf } from './write.js';

/** Creates an object from what a client sent. */
export function create(environment: Environment, target: Target, body: Json, options: WriteOptions): KubeObject {
  const sent = decode(body, target, options);
  return createDecoded(environment, target, sent, options);
}

/** Creates a decoded object. `owned: true` when its managedFields are already right, as after an apply. */
export function createDecoded(
  environment: Environment,
  target: Target,
  sent: KubeObject,
  options: WriteOptions,
  owned = false,
): KubeObject {
  const { resource, version } = target;
  const named = withIdentity(environment, target, sent);
  const key = keyOf(target.namespace, named.metadata.name);
  checkNamespace(environment, target, named.metadata.name);
  const recorded = owned
    ? named
    : recordUpdate(emptyObject(named, target), named, writeOf(environment, target, options, 'Update'));
  const object = structuredClone(recorded);
  if (resource.hasStatus && !resource.strategy.keepsStatusOnCreate) resetStatus(object, resource.custom);
  resource.strategy.prepareCreate?.(object, surroundings(environment));
  refuseInvalid(object, undefined, target);
  const { name } = object.metadata;
  environment.admit({ operation: 'CREATE', target, name, object, dryRun: options.dryRun });
  if (environment.store.get(resource.collection, key)) throw alreadyExists(resource, named.metadata.name);
  if (options.dryRun) return object;
  return present(
    environment.store.put(resource.collection, key, toStored(object, resource, version)),
    resource,
    version,
  );
}

function withIdentity(environment: Environment, target: Target, sent: KubeObject): KubeObject {
  const { resource } = target;
  const { metadata } = sent;
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  if (resource.namespaced && metadata.namespace && metadata.namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const uid = environment.randomUid();
  const prefix = typeof metadata.generateName === 'string' ? metadata.generateName : '';
  const name = metadata.name || target.name || (prefix && generatedName(prefix, uid));
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, namespace: ___, ...own } = metadata;
  return {
    ...sent,
    metadata: {
      ...own,
      name: name || '',
      ...(resource.namespaced && { namespace: target.namespace! }),
      uid,
      creationTimestamp: timestamp(environment),
      ...(resource.strategy.hasGeneration && { generation: 1 }),
    } as KubeObject['metadata'],
  };
}

/** What an update compares a new object with: the top-level structs of a built-in kind are always there. */
function emptyObject({ apiVersion, kind, status }: KubeObject, { resource }: Target): KubeObject {
  const metadata = {} as KubeObject['metadata'];
  if (resource.custom) return { apiVersion, kind, metadata };
  return { apiVersion, kind, metadata, spec: {}, status: status ?? {} };
}

function resetStatus(object: KubeObject, custom: boolean): void {
  if (custom) delete object.status;
  else object.status = object.kind === 'Service' ? { loadBalancer: {} } : {};
}

function checkNamespace(environment: Environment, { resource, namespace }: Target, name: string): void {
  if (!resource.namespaced) return;
  const found = environment.store.get('namespaces', namespace!);
  if (!found) throw notFound({ group: '', plural: 'namespaces' }, namespace!);
  if (found.metadata.deletionTimestamp)
    throw forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
}
