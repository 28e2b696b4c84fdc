/**
 * What of a value from outside has the shape of a schema. Total: it takes any JSON, never throws, and goes no deeper than the schema,
 * so that one object that somebody spoilt cannot stop the work on all others.
 */
import type { Problem } from './problem.js';
import { shown } from './shown.js';

/** The part of JSON Schema that shapes are written in. Anything else a schema says is for others to check. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Shape;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  /** Not of JSON Schema: of a longer list so many are kept, the first ones. */
  readonly keptItems?: number;
  readonly maxProperties?: number;
}

export interface Conformed<T> {
  /** Undefined when the value as a whole is of another type, or lacks what is required of it. */
  readonly value: T | undefined;
  /** What was left out, each with its place; the first few. */
  readonly problems: readonly Problem[];
}

const mostProblems = 8;

/**
 * The parts of `value` that `schema` knows and that are of its types and within its bounds. What is not is left out, as is an entry of a
 * list or an object that lacks what is required of it. As in Kubernetes, null is the same as nothing.
 */
export function conform<T>(schema: object, value: unknown, path = ''): Conformed<T> {
  const problems: Problem[] = [];
  const kept = keep(schema as Shape, value, path, (problem) => {
    if (problems.length < mostProblems) problems.push(problem());
  });
  return { value: kept as T | undefined, problems };
}

/** What is wrong is put into words only when there is room for it: there may be as much as there are parts. */
type Say = (problem: () => Problem) => void;
type Wrong = (message: () => string) => undefined;

function keep(shape: Shape, value: unknown, path: string, say: Say): unknown {
  if (value === undefined || value === null) return undefined;
  const wrong: Wrong = (message) => {
    say(() => ({ path: path === '' ? 'the object' : path, message: message() }));
    return undefined;
  };
  if (!isOfType(shape.type, value)) return wrong(() => `is ${shown(value)}: it must be of type ${shape.type}`);
  const { enum: allowed } = shape;
  if (allowed !== undefined && !allowed.includes(value))
    return wrong(() => `is ${shown(value)}: it must be one of ${allowed.join(', ')}`);
  if (typeof value === 'string' && value.length > (shape.maxLength ?? Number.POSITIVE_INFINITY))
    return wrong(() => `has ${value.length} characters: at most ${shape.maxLength} are possible`);
  if (Array.isArray(value)) return keepItems(shape, value, path, wrong, say);
  return typeof value === 'object' ? keepProperties(shape, value, path, wrong, say) : value;
}

function keepItems(
  { items, maxItems = Number.POSITIVE_INFINITY, keptItems }: Shape,
  value: readonly unknown[],
  path: string,
  wrong: Wrong,
  say: Say,
): unknown {
  if (value.length > maxItems) {
    wrong(() => `has ${value.length} entries: at most ${maxItems} are possible`);
    if (keptItems === undefined) return undefined;
  }
  const read = value.slice(0, keptItems);
  if (items === undefined) return read;
  const kept: unknown[] = [];
  for (const [at, item] of read.entries()) {
    const inner = keep(items, item, `${path}[${at}]`, say);
    if (inner !== undefined) kept.push(inner);
    else if (item === null || item === undefined)
      say(() => ({ path: `${path}[${at}]`, message: 'is null: leave it out, or write what it is to be' }));
  }
  return kept;
}

function keepProperties(
  { properties, required = [], additionalProperties, maxProperties = Number.POSITIVE_INFINITY }: Shape,
  value: object,
  path: string,
  wrong: Wrong,
  say: Say,
): unknown {
  const inside = (name: string) => (path === '' ? name : `${path}.${name}`);
  const kept: Record<string, unknown> = {};
  if (typeof additionalProperties === 'object' && additionalProperties !== null) {
    const names = Object.keys(value);
    if (names.length > maxProperties)
      return wrong(() => `has ${names.length} entries: at most ${maxProperties} are possible`);
    for (const name of names) set(name, keep(additionalProperties, own(value, name), inside(name), say));
    return kept;
  }
  if (properties === undefined) return value;
  for (const name in properties) {
    const found = own(value, name);
    // Most of what a schema knows is not there, and a place in words takes longer to write than that to see.
    if (found !== undefined && found !== null) set(name, keep(properties[name]!, found, inside(name), say));
  }
  const missing = required.find((name) => !Object.hasOwn(kept, name));
  if (missing === undefined) return kept;
  const found = own(value, missing);
  if (found === undefined || found === null)
    say(() => ({ path: inside(missing), message: 'is missing: it is required' }));
  return undefined;

  function set(name: string, inner: unknown): void {
    if (inner === undefined) return;
    // A plain assignment would take this name for the prototype.
    if (name === '__proto__') Object.defineProperty(kept, name, { value: inner, enumerable: true });
    else kept[name] = inner;
  }
}

function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function isOfType(type: string | undefined, value: unknown): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}
