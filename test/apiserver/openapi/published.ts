// Owns: schemas as the OpenAPI documents show them.
import { apiVersionOf, type Resource, type Version } from '../kinds/resource.js';
import type { Schema } from '../schema/schema.js';

/** One kind in one version with its schema. */
export interface Published {
  /** The definition's name, such as `com.example.v1.Widget`. */
  readonly name: string;
  readonly resource: Resource;
  readonly version: Version;
  readonly schema: Schema;
}

export function publishedKinds(resources: readonly Resource[]): Published[] {
  return resources.flatMap((resource) =>
    resource.versions
      .filter(({ served }) => served)
      .map((version) => ({
        name: definitionName(resource, version),
        resource,
        version,
        schema: published(version.schema),
      })),
  );
}

function definitionName({ group, kind }: Resource, version: Version): string {
  const reversed = group ? group.split('.').reverse().join('.') : 'core';
  return `${reversed}.${version.name}.${kind}`;
}

export function groupVersionKind({ resource, version }: Published): { group: string; version: string; kind: string } {
  return { group: resource.group, version: version.name, kind: resource.kind };
}

export function apiPath({ resource, version }: Published): string {
  return `${resource.group ? 'apis' : 'api'}/${apiVersionOf(resource.group, version.name)}`;
}

/** Where objects of a kind are: `/apis/apps/v1/namespaces/{namespace}/deployments/{name}`. */
export function objectPath(kind: Published): string {
  const namespace = kind.resource.namespaced ? '/namespaces/{namespace}' : '';
  return `/${apiPath(kind)}${namespace}/${kind.resource.plural}/{name}`;
}

/** What a write takes in its query, which clients look up before they rely on it. */
export const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'] as const;

/** Without marks of our own, and with int-or-string spelled as the documents spell it. */
function published(schema: Schema): Schema {
  if (schema['x-kubernetes-int-or-string']) return { type: 'string', format: 'int-or-string' };
  const { 'x-kubernetes-keep-empty': _, properties, items, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, published(child)])),
    }),
    ...(items && { items: published(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? published(additionalProperties) : additionalProperties,
    }),
  };
}
