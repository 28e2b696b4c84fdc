// Owns: laying an applied configuration over the live object, and taking fields out of an object.
// Source: structured-merge-diff typed.Merge (the applied value wins; order of list items as of v4.4) and typed.RemoveItems.
import { isMap, type Json, type JsonMap } from '../object.js';
import type { Schema } from '../schema/schema.js';
import { type Atom, atomOf, childOf, fieldElement, itemElement } from './atom.js';
import { itemsOf } from './compare.js';
import { childSet, type FieldSet, isEmpty } from './field-set.js';

/** `live` with the fields of `applied` put in; items of sets and list-type maps are merged by name. */
export function merge(live: Json | undefined, applied: Json | undefined, schema: Schema): Json | undefined {
  const atom = atomOf(schema, applied ?? live);
  const before = itemsOf(atom, live);
  const after = itemsOf(atom, applied);
  if (atom.kind === 'leaf' || (before.size === 0 && after.size === 0)) return applied !== undefined ? applied : live;
  if (atom.kind === 'list') {
    const items = mergedOrder([...before.keys()], [...after.keys()]);
    return items.map((element) => merge(before.get(element), after.get(element), atom.items)!);
  }
  const merged: JsonMap = {};
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const field = element.slice(2);
    merged[field] = merge(before.get(element), after.get(element), childOf(atom.schema, field));
  }
  return merged;
}

/** The applied items in their order; the live items that are not applied stay behind the neighbours they had. */
function mergedOrder(live: readonly string[], applied: readonly string[]): string[] {
  const isApplied = new Set(applied);
  const isLive = new Set(live);
  const shared = applied.filter((element) => isLive.has(element));
  const order: string[] = [];
  let l = 0;
  let a = 0;
  while (l < live.length || a < applied.length) {
    const left = live[l];
    const right = applied[a];
    if (left !== undefined && left === right) {
      order.push(left);
      shared.shift();
      l += 1;
      a += 1;
      continue;
    }
    const anotherIsNext = right !== undefined && shared.length > 0 && shared[0] !== left;
    if (left !== undefined && (!isApplied.has(left) || anotherIsNext)) {
      if (!isApplied.has(left)) order.push(left);
      l += 1;
      continue;
    }
    if (left !== undefined && order.includes(left)) l += 1;
    if (right !== undefined) {
      order.push(right);
      if (shared[0] === right) shared.shift();
      a += 1;
    }
  }
  return order;
}

/** `value` without the fields and items of `set`. A map or list that loses its last part becomes null, as on the real server. */
export function removeItems(value: Json, set: FieldSet, schema: Schema): Json {
  const atom = atomOf(schema, value);
  if (atom.kind === 'leaf') return value;
  if (atom.kind === 'list') return Array.isArray(value) ? removeFromList(value, set, atom) : value;
  if (!isMap(value)) return value;
  const kept: JsonMap = {};
  for (const [field, item] of Object.entries(value)) {
    const element = fieldElement(field);
    if (set.members.has(element) || item === undefined) continue;
    const below = childSet(set, element);
    kept[field] = isEmpty(below) ? item : removeItems(item, below, childOf(atom.schema, field));
  }
  return Object.keys(kept).length > 0 ? kept : null;
}

function removeFromList(value: readonly Json[], set: FieldSet, atom: Atom & { kind: 'list' }): Json {
  const kept: Json[] = [];
  for (const item of value) {
    const element = itemElement(atom, item);
    if (set.members.has(element)) continue;
    const below = childSet(set, element);
    kept.push(isEmpty(below) ? item : removeItems(item, below, atom.items));
  }
  return kept.length > 0 ? kept : null;
}
