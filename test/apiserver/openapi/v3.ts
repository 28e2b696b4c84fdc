// Owns: /openapi/v3: an index, and a document per group and version.
// Source: what kubectl 1.35 reads: whether PATCH knows fieldValidation, and the schemas for `kubectl explain`.

import type { Resource } from '../kinds/resource.js';
import type { JsonMap } from '../object.js';
import { apiPath, groupVersionKind, objectPath, type Published, publishedKinds, writeParameters } from './published.js';

/** The document at `/openapi/v3` (`path` empty) or below it; `undefined` when there is none. */
export function openApiV3(path: string, resources: readonly Resource[]): JsonMap | undefined {
  const kinds = publishedKinds(resources);
  if (path === '') return index(kinds);
  const own = kinds.filter((kind) => apiPath(kind) === path);
  return own.length > 0 ? document(own) : undefined;
}

function index(kinds: readonly Published[]): JsonMap {
  const paths = [...new Set(kinds.map(apiPath))].sort();
  return { paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

function document(kinds: readonly Published[]): JsonMap {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.35.0' },
    paths: Object.fromEntries(kinds.map((kind) => [objectPath(kind), operations(kind)])),
    components: {
      schemas: Object.fromEntries(
        kinds.map((kind) => [
          kind.name,
          { ...kind.schema, 'x-kubernetes-group-version-kind': [groupVersionKind(kind)] } as unknown as JsonMap,
        ]),
      ),
    },
  };
}

function operations(kind: Published): JsonMap {
  const type = { 'x-kubernetes-group-version-kind': groupVersionKind(kind) };
  const answer = {
    200: {
      description: 'OK',
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${kind.name}` } } },
    },
  };
  const write = { parameters: writeParameters.map(queryParameter), responses: answer, ...type };
  return {
    get: { 'x-kubernetes-action': 'get', responses: answer, ...type },
    put: { 'x-kubernetes-action': 'put', ...write },
    patch: { 'x-kubernetes-action': 'patch', ...write },
    delete: { 'x-kubernetes-action': 'delete', responses: answer, ...type },
  };
}

function queryParameter(name: string): JsonMap {
  return { name, in: 'query', schema: { type: 'string', uniqueItems: true } };
}
