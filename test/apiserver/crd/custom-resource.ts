// Owns: the resource that a CustomResourceDefinition makes.

import { versionsOf } from '../kinds/custom-resource-definition.js';
import { collectionOf, plainStrategy, type Resource, type Version } from '../kinds/resource.js';
import { isMap, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Schema } from '../schema/schema.js';
import { columnsOf } from './columns.js';
import { compileValidator } from './validator.js';

/** The resource of a definition that has passed its checks. `metadata`: the schema of ObjectMeta, which no CRD repeats. */
export function customResource(definition: KubeObject, metadata: Schema): Resource {
  const spec = mapAt(definition, 'spec')!;
  const names = mapAt(spec, 'names')!;
  const versions = versionsOf(definition);
  const group = String(spec.group);
  const plural = String(names.plural);
  return {
    group,
    kind: String(names.kind),
    listKind: String(names.listKind),
    plural,
    singular: String(names.singular),
    shortNames: strings(names.shortNames),
    categories: strings(names.categories),
    namespaced: spec.scope === 'Namespaced',
    collection: collectionOf(group, plural),
    storageVersion: String(versions.find((version) => version.storage === true)!.name),
    versions: versions.map((version) => versionOf(version, metadata)),
    hasStatus: versions.some((version) => isMap(mapAt(version, 'subresources')?.status)),
    custom: true,
    selectableFields: [],
    strategy: { ...plainStrategy, hasGeneration: true, unconditionalUpdate: false },
  };
}

function versionOf(version: JsonMap, metadata: Schema): Version {
  const declared = mapAt(mapAt(version, 'schema')!, 'openAPIV3Schema') as Schema;
  const string: Schema = { type: 'string' };
  const schema: Schema = {
    ...declared,
    properties: { apiVersion: string, kind: string, ...declared.properties, metadata },
  };
  const columns = version.additionalPrinterColumns;
  return {
    name: String(version.name),
    served: version.served === true,
    schema,
    columns: columnsOf(Array.isArray(columns) ? columns.filter(isMap) : undefined),
    validate: compileValidator(declared),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
