// Owns: bringing what a client sent into the shape of its schema: unknown fields out, defaults in.
// Source: CRD pruning and defaulting (structural schemas); for built-ins what Go's JSON decoding and omitempty do.
import { isMap, type Json, type JsonMap } from '../object.js';
import { keepsUnknown, type Schema } from './schema.js';

/** `value` without fields the schema does not know; their paths (`spec.ports[0].foo`) are added to `unknown`. */
export function prune(value: Json, schema: Schema, unknown: string[], path = ''): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item, index) => prune(item, items, unknown, `${path}[${index}]`)) : value;
  }
  if (!isMap(value)) return value;
  const kept: JsonMap = {};
  for (const [field, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const rest = schema.additionalProperties;
    const child = schema.properties?.[field] ?? (typeof rest === 'object' ? rest : undefined);
    const at = path ? `${path}.${field}` : field;
    if (child) kept[field] = prune(item, child, unknown, at);
    else if (keepsUnknown(schema) || (schema['x-kubernetes-embedded-resource'] && isTypeMeta(field)))
      kept[field] = item;
    else unknown.push(at);
  }
  return kept;
}

function isTypeMeta(field: string): boolean {
  return field === 'apiVersion' || field === 'kind' || field === 'metadata';
}

/** `value` with the schema's defaults where fields are absent; a null that is not allowed counts as absent. */
export function applyDefaults(value: Json, schema: Schema): Json {
  if (Array.isArray(value)) return value.map((item) => applyDefaults(item, schema.items ?? {}));
  if (!isMap(value)) return value;
  const filled: JsonMap = { ...value };
  for (const [field, child] of Object.entries(schema.properties ?? {})) {
    if (filled[field] === null && child.nullable !== true) delete filled[field];
    if (filled[field] === undefined && child.default !== undefined) filled[field] = structuredClone(child.default);
  }
  const rest = schema.additionalProperties;
  for (const [field, item] of Object.entries(filled)) {
    const child = schema.properties?.[field] ?? (typeof rest === 'object' ? rest : undefined);
    if (child && item !== undefined) filled[field] = applyDefaults(item, child);
  }
  return filled;
}

/** Built-in kinds leave out nulls, empty lists and empty free-form maps, as Go's `omitempty` does. */
export function dropEmpty(value: Json, schema: Schema): Json {
  if (keepsUnknown(schema)) return value;
  if (Array.isArray(value)) return value.map((item) => dropEmpty(item, schema.items ?? {}));
  if (!isMap(value)) return value;
  const kept: JsonMap = {};
  for (const [field, item] of Object.entries(value)) {
    const rest = schema.additionalProperties;
    const child = schema.properties?.[field] ?? (typeof rest === 'object' ? rest : {});
    if (item === undefined || item === null || isOmitted(item, child)) continue;
    kept[field] = dropEmpty(item, child);
  }
  return kept;
}

function isOmitted(value: Json, schema: Schema): boolean {
  if (Array.isArray(value)) return value.length === 0 && schema['x-kubernetes-keep-empty'] !== true;
  const isFreeForm = typeof schema.additionalProperties === 'object';
  return isMap(value) && isFreeForm && Object.keys(value).length === 0;
}
