// Owns: whether a built-in object's JSON types fit its Go types.
// Source: encoding/json errors as kube-apiserver passes them on.
import { isMap, type Json } from '../object.js';
import type { Schema } from './schema.js';

/** The first field whose JSON type does not fit, as a sentence; `undefined` when all fit. null fits everywhere. */
export function typeMismatch(value: Json, schema: Schema, path = ''): string | undefined {
  if (value === null) return undefined;
  const wanted = goType(schema);
  if (wanted && !fits(value, schema))
    return `json: cannot unmarshal ${jsonType(value)} into Go struct field ${path} of type ${wanted}`;
  if (typeof value === 'string') return timeMismatch(value, schema);
  if (Array.isArray(value)) return firstOf(value, (item) => typeMismatch(item, schema.items ?? {}, path));
  if (!isMap(value)) return undefined;
  return firstOf(Object.entries(value), ([field, item]) => {
    const rest = schema.additionalProperties;
    const child = schema.properties?.[field] ?? (typeof rest === 'object' ? rest : undefined);
    return child && item !== undefined ? typeMismatch(item, child, path ? `${path}.${field}` : field) : undefined;
  });
}

function firstOf<T>(items: readonly T[], check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = check(item);
    if (found) return found;
  }
  return undefined;
}

function goType(schema: Schema): string | undefined {
  if (schema['x-kubernetes-int-or-string']) return 'intstr.IntOrString';
  switch (schema.type) {
    case 'integer':
      return schema.format;
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'array':
      return '[]';
    case 'object':
      return schema.properties ? 'struct' : 'map[string]';
    default:
      return schema.type;
  }
}

function fits(value: Json, schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || Number.isInteger(value);
  if (schema.type === 'integer') return Number.isInteger(value);
  if (schema.type === 'array') return Array.isArray(value);
  if (schema.type === 'object') return isMap(value);
  return schema.type === undefined || typeof value === schema.type;
}

function jsonType(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const layouts = new Map([
  [
    'date-time',
    { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, layout: '2006-01-02T15:04:05Z07:00' },
  ],
  [
    'micro-time',
    { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/, layout: '2006-01-02T15:04:05.000000Z07:00' },
  ],
]);

function timeMismatch(value: string, schema: Schema): string | undefined {
  const time = layouts.get(schema.format ?? '');
  if (!time || time.pattern.test(value)) return undefined;
  return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(time.layout)}: cannot parse ${JSON.stringify(value)}`;
}
