// Owns: how a value of some schema is taken apart when ownership of fields is tracked.
// Source: sigs.k8s.io/structured-merge-diff (schema.Atom, deduced types), as the documentation of server-side apply describes it.
import { isMap, type Json, type JsonMap } from '../object.js';
import type { Schema } from '../schema/schema.js';

/**
 * `leaf`: owned as a whole (scalars, atomic maps and lists). `map`: owned field by field. `list`: owned item by item, an item
 * being named by its keys (list-type map) or by its value (set).
 */
export type Atom =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'map'; readonly schema: Schema }
  | { readonly kind: 'list'; readonly items: Schema; readonly keys: readonly string[] | undefined };

const leaf: Atom = { kind: 'leaf' };
const untyped: Schema = {};

/** The atom of `schema`; where the schema does not say a type, the value decides: maps are granular, lists atomic. */
export function atomOf(schema: Schema, value: Json | undefined): Atom {
  if (schema['x-kubernetes-int-or-string']) return leaf;
  if (schema.type === undefined) return isMap(value) ? { kind: 'map', schema: untyped } : leaf;
  if (schema.type === 'object') return schema['x-kubernetes-map-type'] === 'atomic' ? leaf : { kind: 'map', schema };
  if (schema.type !== 'array') return leaf;
  const listType = schema['x-kubernetes-list-type'] ?? 'atomic';
  if (listType === 'atomic') return leaf;
  const keys = listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
  return { kind: 'list', items: schema.items ?? untyped, keys };
}

/** A field's schema for ownership; fields nobody declared are deduced from their value. */
export function childOf(schema: Schema, field: string): Schema {
  const rest = schema.additionalProperties;
  return schema.properties?.[field] ?? (typeof rest === 'object' ? rest : untyped);
}

/** How an item of a set or a list-type map is named in FieldsV1. Throws an Error when the item lacks a key. */
export function itemElement(list: Atom & { kind: 'list' }, item: Json): string {
  if (!list.keys) return `v:${JSON.stringify(item)}`;
  const keys: JsonMap = {};
  for (const key of [...list.keys].sort()) {
    const value = (isMap(item) ? item[key] : undefined) ?? list.items.properties?.[key]?.default;
    if (value === undefined || value === null)
      throw new Error(
        `associative list with keys has an element that omits key field "${key}" (and doesn't have default value)`,
      );
    keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

export const fieldElement = (field: string) => `f:${field}`;

/** A field's name in `f:name`, `undefined` for elements of lists. */
export function fieldOf(element: string): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}
