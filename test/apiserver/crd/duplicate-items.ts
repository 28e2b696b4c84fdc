// Owns: that sets and list-type maps name no item twice.
// Source: apiextensions-apiserver pkg/apiserver/schema/listtype.
import { equals, isMap, type Json } from '../object.js';
import { fieldSchema, type Schema } from '../schema/schema.js';
import type { Cause } from '../status.js';

/** Every item that repeats one before it. */
export function duplicateItems(value: Json, schema: Schema, path = ''): Cause[] {
  if (isMap(value))
    return Object.entries(value).flatMap(([field, item]) => {
      const child = fieldSchema(schema, field);
      return child && item !== undefined ? duplicateItems(item, child, path ? `${path}.${field}` : field) : [];
    });
  if (!Array.isArray(value)) return [];
  const names = value.map((item) => nameOf(item, schema));
  return value.flatMap((item, index) => {
    const below = schema.items ? duplicateItems(item, schema.items, `${path}[${index}]`) : [];
    const name = names[index];
    const repeats = name !== undefined && names.findIndex((other) => equals(other, name)) < index;
    const message = `Duplicate value: ${JSON.stringify(name)}`;
    return repeats ? [{ reason: 'FieldValueDuplicate', message, field: `${path}[${index}]` }, ...below] : below;
  });
}

function nameOf(item: Json, schema: Schema): Json | undefined {
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') return item;
  if (listType !== 'map' || !isMap(item)) return undefined;
  return Object.fromEntries((schema['x-kubernetes-list-map-keys'] ?? []).map((key) => [key, item[key]]));
}
