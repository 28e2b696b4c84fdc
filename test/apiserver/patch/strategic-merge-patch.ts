// Owns: strategic merge patch, for built-in kinds only: lists with a merge key are merged by it.
// Source: kubernetes/community sig-api-machinery/strategic-merge-patch.md (directives $patch, $deleteFromPrimitiveList,
// $setElementOrder, $retainKeys).
import { equals, isMap, type Json, type JsonMap } from '../object.js';
import { fieldSchema, type Schema } from '../schema/schema.js';
import { badRequest } from '../status.js';

/** `target` after `patch`. Throws a 400 Failure for an unknown directive or an item without its merge key. */
export function strategicMergePatch(target: JsonMap, patch: JsonMap, schema: Schema): JsonMap {
  const directive = patch.$patch;
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`unknown patch type: ${JSON.stringify(directive)}`);
  const result: JsonMap = retained(target, patch.$retainKeys);
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith('$') || value === undefined) continue;
    if (value === null) delete result[field];
    else result[field] = mergeField(result[field], value, fieldSchema(schema, field) ?? {});
  }
  for (const [field, value] of Object.entries(patch)) {
    const [directive, name] = splitDirective(field);
    const list = result[name];
    if (!directive || !Array.isArray(list) || !Array.isArray(value)) continue;
    const key = fieldSchema(schema, name)?.['x-kubernetes-patch-merge-key'];
    if (directive === '$deleteFromPrimitiveList')
      result[name] = list.filter((item) => !value.some((gone) => equals(gone, item)));
    if (directive === '$setElementOrder') result[name] = inOrder(list, value, key);
  }
  return result;
}

function splitDirective(field: string): [directive: string | undefined, name: string] {
  const match = /^(\$deleteFromPrimitiveList|\$setElementOrder)\/(.+)$/.exec(field);
  return match ? [match[1], match[2]!] : [undefined, field];
}

function retained(target: JsonMap, keys: Json | undefined): JsonMap {
  if (!Array.isArray(keys)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([field]) => keys.includes(field)));
}

function mergeField(target: Json | undefined, patch: Json, schema: Schema): Json {
  if (isMap(patch)) return strategicMergePatch(isMap(target) ? target : {}, patch, schema);
  if (!Array.isArray(patch)) return patch;
  const merges = schema['x-kubernetes-patch-strategy']?.split(',').includes('merge') ?? false;
  const key = schema['x-kubernetes-patch-merge-key'];
  if (!merges) return withoutDirectives(patch);
  if (!key) return uniqueScalars([...(Array.isArray(target) ? target : []), ...patch]);
  return mergeItems(Array.isArray(target) ? target : [], patch, key, schema.items ?? {});
}

function uniqueScalars(items: readonly Json[]): Json[] {
  return items.filter((item, index) => items.findIndex((other) => equals(other, item)) === index);
}

function mergeItems(target: readonly Json[], patch: readonly Json[], key: string, schema: Schema): Json[] {
  const items = patch.map((item) => {
    if (!isMap(item)) throw badRequest(`an item of a list that is merged by ${key} is an object`);
    return item;
  });
  if (items.some((item) => item.$patch === 'replace' && item[key] === undefined))
    return withoutDirectives(items.filter((item) => item.$patch !== 'replace')) as Json[];
  let result: Json[] = [...target];
  for (const item of items) {
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = result.findIndex((existing) => isMap(existing) && equals(existing[key], item[key]));
    if (item.$patch === 'delete') result = result.filter((_, index) => index !== at);
    else if (at < 0) result.push(strategicMergePatch({}, item, schema));
    else result[at] = strategicMergePatch(result[at] as JsonMap, item, schema);
  }
  return result;
}

/** Items named by the directive come in its order; the others keep their place relative to the item before them. */
function inOrder(list: readonly Json[], order: readonly Json[], key: string | undefined): Json[] {
  const nameOf = (item: Json) => JSON.stringify(key && isMap(item) ? item[key] : item);
  const names = order.map(nameOf);
  const rank = (item: Json) => names.indexOf(nameOf(item));
  const ordered = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  return list.map((item) => (rank(item) >= 0 ? ordered.shift()! : item));
}

function withoutDirectives<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutDirectives) as T;
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([field, item]) => !field.startsWith('$') && item !== undefined);
  return Object.fromEntries(kept.map(([field, item]) => [field, withoutDirectives(item!)])) as T;
}
