/** Misspelt fields, which a schema alone lets pass. */
import type { Problem } from './problem.js';
import { nearest } from './spelling.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
}

/** The fields of `value` that `schema` does not know, each with the names that are known there. */
export function unknownFields(schema: object, value: unknown, path: string): readonly Problem[] {
  const { properties, items } = schema as Schema;
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.flatMap((item, index) => unknownFields(items, item, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || properties === undefined) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known !== undefined) return unknownFields(known, inner, at);
    const names = Object.keys(properties);
    const [meant] = nearest(name, names);
    const hint = meant === undefined ? '' : `did you mean ${meant}? `;
    return [{ path: at, message: `is no known field: ${hint}here there are ${names.join(', ')}` }];
  });
}
