// Owns: which fields a write adds, changes and removes, and which fields a value has.
// Source: structured-merge-diff typed.Compare and typed.ToFieldSet; the empty/absent distinction follows them.
import { equals, isMap, type Json, type JsonMap } from '../object.js';
import type { Schema } from '../schema/schema.js';
import { type Atom, atomOf, childOf, fieldElement, itemElement } from './atom.js';
import { describeElement, type FieldSet, setOf } from './field-set.js';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Path = readonly string[];

/** Compares two values of one schema. */
export function compare(before: Json, after: Json, schema: Schema): Comparison {
  const added: Path[] = [];
  const modified: Path[] = [];
  const removed: Path[] = [];
  const visit = (a: Json | undefined, b: Json | undefined, at: Schema, path: Path) => {
    const parts = partsOf(a, b, at);
    for (const { element, before, after, schema } of parts ?? []) visit(before, after, schema, [...path, element]);
    if (a === undefined) added.push(path);
    else if (b === undefined) removed.push(path);
    else if (!parts && !equals(a, b)) modified.push(path);
  };
  visit(before, after, schema, []);
  return { added: setOf(added), modified: setOf(modified), removed: setOf(removed) };
}

interface Part {
  readonly element: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly schema: Schema;
}

/** The items of two maps or lists side by side; `undefined` when they are leaves, as empty ones are. */
function partsOf(a: Json | undefined, b: Json | undefined, schema: Schema): Part[] | undefined {
  const atom = atomOf(schema, b ?? a);
  if (atom.kind === 'leaf') return undefined;
  const before = itemsOf(atom, a);
  const after = itemsOf(atom, b);
  if (before.size === 0 && after.size === 0) return undefined;
  const elements = new Set([...before.keys(), ...after.keys()]);
  return [...elements].map((element) => ({
    element,
    before: before.get(element),
    after: after.get(element),
    schema: atom.kind === 'map' ? childOf(atom.schema, element.slice(2)) : atom.items,
  }));
}

/** The fields or items of a value by their elements; of duplicates in a list the last counts. */
export function itemsOf(atom: Atom, value: Json | undefined): Map<string, Json> {
  if (atom.kind === 'map' && isMap(value)) return fieldsOf(value);
  if (atom.kind === 'list' && Array.isArray(value))
    return new Map(value.map((item) => [itemElement(atom, item), item]));
  return new Map();
}

function fieldsOf(value: JsonMap): Map<string, Json> {
  const fields = new Map<string, Json>();
  for (const [field, item] of Object.entries(value)) if (item !== undefined) fields.set(fieldElement(field), item);
  return fields;
}

/**
 * The fields that a configuration claims: every leaf, every item of a list, every key of a free-form map, and maps that are
 * there but empty. Throws an Error for a list that names an item twice.
 */
export function fieldsClaimedBy(value: Json, schema: Schema): FieldSet {
  const paths: Path[] = [];
  const visit = (value: Json, schema: Schema, path: Path) => {
    const atom = atomOf(schema, value);
    if (atom.kind === 'leaf') {
      paths.push(path);
      return;
    }
    const items = itemsOf(atom, value);
    if (atom.kind === 'list' && Array.isArray(value) && items.size < value.length)
      throw new Error(duplicate(atom, value, path));
    for (const [element, item] of items) {
      const child = atom.kind === 'map' ? childOf(atom.schema, element.slice(2)) : atom.items;
      visit(item, child, [...path, element]);
      const declared = atom.kind === 'map' && Object.hasOwn(atom.schema.properties ?? {}, element.slice(2));
      const isEmptyMap = isMap(item) && Object.keys(item).length === 0;
      if (!declared || item === null || isEmptyMap) paths.push([...path, element]);
    }
  };
  visit(value, schema, []);
  return setOf(paths);
}

function duplicate(atom: Atom & { kind: 'list' }, value: readonly Json[], path: Path): string {
  const elements = value.map((item) => itemElement(atom, item));
  const twice = elements.find((element, index) => elements.indexOf(element) !== index)!;
  const where = path.map(describeElement).join('');
  return `${where}: duplicate entries for key ${describeElement(twice)}`;
}
