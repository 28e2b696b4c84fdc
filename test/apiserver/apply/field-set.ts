// Owns: sets of field paths and their JSON form FieldsV1.
// Source: metav1.FieldsV1 ("f:<name>", "k:<keys>", "v:<value>", "." for the item itself); structured-merge-diff fieldpath.Set.
import { isMap, type JsonMap } from '../object.js';
import type { Schema } from '../schema/schema.js';
import { atomOf, childOf, fieldOf } from './atom.js';

/** A set of paths as a tree: `members` end here, `children` go on. Elements are spelled as in FieldsV1. Never changed in place once shared. */
export interface FieldSet {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmpty);
}

function build(members: Iterable<string>, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { members: new Set(members), children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

export function setOf(paths: Iterable<readonly string[]>): FieldSet {
  const members = new Set<string>();
  const below = new Map<string, string[][]>();
  for (const [first, ...rest] of paths) {
    if (first === undefined) continue;
    if (rest.length === 0) members.add(first);
    else below.set(first, [...(below.get(first) ?? []), rest]);
  }
  return build(
    members,
    [...below].map(([element, rest]) => [element, setOf(rest)] as const),
  );
}

export const childSet = (set: FieldSet, element: string): FieldSet => set.children.get(element) ?? emptySet;

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const elements = new Set([...a.children.keys(), ...b.children.keys()]);
  return build(
    [...a.members, ...b.members],
    [...elements].map((element) => [element, union(childSet(a, element), childSet(b, element))] as const),
  );
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return build(
    [...a.members].filter((element) => b.members.has(element)),
    [...a.children].map(([element, child]) => [element, intersection(child, childSet(b, element))] as const),
  );
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return build(
    [...a.members].filter((element) => !b.members.has(element)),
    [...a.children].map(([element, child]) => [element, difference(child, childSet(b, element))] as const),
  );
}

/** As difference, but a member of `b` also takes away everything below it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return build(
    [...a.members].filter((element) => !b.members.has(element)),
    [...a.children]
      .filter(([element]) => !b.members.has(element))
      .map(([element, child]) => [element, recursiveDifference(child, childSet(b, element))] as const),
  );
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  return isEmpty(difference(a, b)) && isEmpty(difference(b, a));
}

/** Adds the declared fields on the way to each path: owning `spec.ports[0].port` then includes `spec` and `ports`, never a map's key. */
export function withNamedParents(set: FieldSet, schema: Schema): FieldSet {
  const atom = atomOf(schema, {});
  const named = [...set.children.keys()].filter((element) => {
    const field = fieldOf(element);
    return field !== undefined && atom.kind === 'map' && Object.hasOwn(atom.schema.properties ?? {}, field);
  });
  return build(
    [...set.members, ...named],
    [...set.children].map(
      ([element, child]) => [element, withNamedParents(child, elementSchema(schema, element))] as const,
    ),
  );
}

function elementSchema(schema: Schema, element: string): Schema {
  const field = fieldOf(element);
  return field === undefined ? (schema.items ?? {}) : childOf(schema, field);
}

export function toFieldsV1(set: FieldSet): JsonMap {
  const fields: JsonMap = {};
  for (const element of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    const child = set.children.get(element);
    const itself = child && set.members.has(element) ? { '.': {} } : {};
    fields[element] = { ...itself, ...(child && toFieldsV1(child)) };
  }
  return fields;
}

export function fromFieldsV1(fields: JsonMap): FieldSet {
  const entries = Object.entries(fields).filter(([element]) => element !== '.');
  const isMember = (value: unknown) =>
    !isMap(value as JsonMap) || Object.hasOwn(value as JsonMap, '.') || Object.keys(value as JsonMap).length === 0;
  return build(
    entries.filter(([, value]) => isMember(value)).map(([element]) => element),
    entries.map(([element, value]) => [element, isMap(value) ? fromFieldsV1(value) : emptySet] as const),
  );
}

/** Paths as people read them: `.spec.ports[port=80,protocol="TCP"].name`; what ends here comes before what goes on. */
export function describePaths(set: FieldSet, prefix = ''): string[] {
  const here = [...set.members].sort().map((element) => prefix + describeElement(element));
  const below = [...set.children].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...here, ...below.flatMap(([element, child]) => describePaths(child, prefix + describeElement(element)))];
}

/** `.name`, `[="value"]` or `[key="value"]`. */
export function describeElement(element: string): string {
  const body = element.slice(2);
  if (element.startsWith('f:')) return `.${body}`;
  if (element.startsWith('v:')) return `[=${body}]`;
  const keys = JSON.parse(body) as JsonMap;
  const parts = Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${parts.join(',')}]`;
}
