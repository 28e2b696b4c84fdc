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

/** Where a value is, as steps from the outside in. Put into words only for what is wrong and is told: there may be as many places as parts. */
interface Place {
  readonly above: Place | undefined;
  readonly step: string | number;
}

/**
 * The parts of `value` that `schema` knows and that are of its types and within its bounds. What is not is left out, as is an entry of a
 * list or an object that lacks what is required of it. As in Kubernetes, null is the same as nothing.
 */
export function conform<T>(schema: object, value: unknown, path = ''): Conformed<T> {
  const problems: Problem[] = [];
  const kept = keep(schema as Shape, value, path === '' ? undefined : { above: undefined, step: path }, problems);
  return { value: kept as T | undefined, problems };
}

function keep(shape: Shape, value: unknown, place: Place | undefined, problems: Problem[]): unknown {
  if (value === undefined || value === null) return undefined;
  if (!fits(shape, value)) return refuse(shape, value, place, problems);
  if (Array.isArray(value)) return keepItems(shape, value, place, problems);
  return typeof value === 'object' ? keepProperties(shape, value, place, problems) : value;
}

/** The value itself, whatever is in it. */
function fits({ type, enum: allowed, maxLength }: Shape, value: unknown): boolean {
  if (!isOfType(type, value)) return false;
  if (allowed !== undefined && !allowed.includes(value)) return false;
  return maxLength === undefined || typeof value !== 'string' || value.length <= maxLength;
}

/** Why it does not. */
function misfit({ type, enum: allowed, maxLength }: Shape, value: unknown): string {
  if (!isOfType(type, value)) return `is ${shown(value)}: it must be of type ${type}`;
  if (allowed !== undefined && !allowed.includes(value))
    return `is ${shown(value)}: it must be one of ${allowed.join(', ')}`;
  return `has ${(value as string).length} characters: at most ${maxLength} are possible`;
}

function keepItems(
  { items, maxItems, keptItems }: Shape,
  value: readonly unknown[],
  place: Place | undefined,
  problems: Problem[],
): unknown {
  if (maxItems !== undefined && value.length > maxItems) {
    leaveOut(place, problems, `has ${value.length} entries: at most ${maxItems} are possible`);
    if (keptItems === undefined) return undefined;
  }
  const read = value.slice(0, keptItems);
  if (items === undefined) return read;
  const kept: unknown[] = [];
  for (let at = 0; at < read.length; at += 1) {
    const inside = { above: place, step: at };
    const item = read[at];
    const inner = keep(items, item, inside, problems);
    if (inner !== undefined) kept.push(inner);
    else if (item === null || item === undefined)
      leaveOut(inside, problems, 'is null: leave it out, or write what it is to be');
  }
  return kept;
}

function keepProperties(
  { properties, required, additionalProperties, maxProperties }: Shape,
  value: object,
  place: Place | undefined,
  problems: Problem[],
): unknown {
  const kept: Record<string, unknown> = {};
  const names = Object.keys(value);
  if (typeof additionalProperties === 'object' && additionalProperties !== null) {
    if (maxProperties !== undefined && names.length > maxProperties)
      return leaveOut(place, problems, `has ${names.length} entries: at most ${maxProperties} are possible`);
    for (const name of names)
      set(kept, name, keep(additionalProperties, own(value, name), { above: place, step: name }, problems));
    return kept;
  }
  if (properties === undefined) return value;
  for (const name of names) {
    if (!Object.hasOwn(properties, name)) continue;
    const shape = properties[name]!;
    const found = (value as Record<string, unknown>)[name];
    // Most of an object is such: it is what it is, and needs no place.
    if (typeof found !== 'object' && fits(shape, found)) set(kept, name, found);
    else set(kept, name, keep(shape, found, { above: place, step: name }, problems));
  }
  const missing = required?.find((name) => !Object.hasOwn(kept, name));
  if (missing === undefined) return kept;
  const found = own(value, missing);
  if (found === undefined || found === null)
    leaveOut({ above: place, step: missing }, problems, 'is missing: it is required');
  return undefined;
}

function set(kept: Record<string, unknown>, name: string, inner: unknown): void {
  if (inner === undefined) return;
  // A plain assignment would take this name for the prototype.
  if (name === '__proto__') Object.defineProperty(kept, name, { value: inner, enumerable: true });
  else kept[name] = inner;
}

/** Words for each of a million values would take longer than to see that they are wrong. */
function refuse(shape: Shape, value: unknown, place: Place | undefined, problems: Problem[]): undefined {
  if (problems.length < mostProblems) leaveOut(place, problems, misfit(shape, value));
  return undefined;
}

function leaveOut(place: Place | undefined, problems: Problem[], message: string): undefined {
  if (problems.length < mostProblems) problems.push({ path: pathOf(place), message });
  return undefined;
}

function pathOf(place: Place | undefined): string {
  if (place === undefined) return 'the object';
  const { above, step } = place;
  const before = above === undefined ? '' : pathOf(above);
  if (typeof step === 'number') return `${before}[${step}]`;
  return before === '' ? step : `${before}.${step}`;
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
