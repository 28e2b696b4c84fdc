// Owns: which resources are served: the built-in ones and those of the CRDs that are stored.
import { customResource } from './crd/custom-resource.js';
import { builtinResources } from './kinds/builtin-kinds.js';
import type { Resource } from './kinds/resource.js';
import type { Registry } from './operations/environment.js';
import { createSchemaLoader } from './schema/builtin.js';
import type { Store } from './storage/store.js';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

/** Follows the store: a CRD that is written is served at once, one that is removed no longer. */
export async function createRegistry(store: Store): Promise<Registry> {
  const load = createSchemaLoader();
  const builtin = await builtinResources(load);
  const metadataSchema = await load('V1ObjectMeta');
  const custom = new Map<string, Resource>();
  store.subscribe(({ collection, type, key, object }) => {
    if (collection !== definitions) return;
    if (type === 'DELETED') custom.delete(key);
    else custom.set(key, customResource(object, metadataSchema));
  });

  const resources = () => [...builtin, ...custom.values()];
  return {
    resources,
    metadataSchema,
    find: (group, version, plural) => findServed(resources(), group, version, plural),
  };
}

function findServed(resources: readonly Resource[], group: string, name: string, plural: string) {
  const resource = resources.find((one) => one.group === group && one.plural === plural);
  const version = resource?.versions.find((one) => one.name === name && one.served);
  return resource && version && { resource, version };
}
