import type { Random } from '../random.js';
import type { Form } from './form.js';
import { textForm } from './text.js';

/** What of JSON Schema says how to make a value; the rest of a schema makes some of them invalid, which is wanted, too. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly additionalProperties?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
}

type Json = unknown;

/** A place in a value, what may stand there, and how it is replaced; `undefined` takes it away. */
interface Place {
  readonly name: string;
  readonly schema: Schema;
  readonly value: Json;
  put(value: Json): void;
  readonly list?: Json[];
}

/** What most often stands where it should not: other types, bounds of numbers, names that every object of JavaScript has. */
const strange: readonly string[] = [
  ...['null', '0', '-1', '1.5', '1e308', '9007199254740992', '""', '"x"', 'true', '[]', '{}', '[null]', '[{}]'],
  ...['{"a":null}', '"constructor"', '"\\u0000"', '"\\ud800"', '"010.0.0.1"', '"::ffff:10.0.0.1"', '" 10.0.0.1"'],
  ...['"0001-01-01T00:00:00Z"', '"+275760-09-13T00:00:01Z"', `"${'x'.repeat(2000)}"`],
  ...['{"__proto__":"x","constructor":"x","toString":"x"}', '{"__proto__":{"node":"x"},"constructor":{}}'],
];

/** A list grows no longer by this alone. */
const mostItems = 64;

const texts = textForm({ longest: 2048 });

/**
 * Any JSON that a schema admits, and now and then what it does not. Texts and numbers are those that stood at a property of the same name
 * in `examples`, more often than others.
 */
export function objectForm(schema: object, examples: readonly Json[]): Form<Json> {
  const seen = new Map<string, Json[]>();
  for (const example of examples) harvest(seen, '', example);
  const everywhere = [...seen.values()].flat();

  function scalar(name: string, fits: (value: Json) => boolean, random: Random): Json {
    const known = (seen.get(name) ?? []).filter(fits);
    if (known.length > 0 && random(4) > 0) return known[random(known.length)];
    const others = everywhere.filter(fits);
    return others[random(others.length)];
  }

  function text(name: string, random: Random): string {
    const found = (scalar(name, (value) => typeof value === 'string', random) ?? 'x') as string;
    return random(4) === 0 ? texts.mutate(found, found, random) : found;
  }

  function number({ minimum = -1, maximum = 100_000 }: Schema, name: string, random: Random): number {
    const found = scalar(name, (value) => typeof value === 'number', random) as number | undefined;
    const choices = [found ?? 1, minimum, maximum, minimum - 1, maximum + 1, 0, minimum + random(16), random(2 ** 32)];
    return choices[random(choices.length)]!;
  }

  function make(at: Schema, name: string, random: Random, depth: number): Json {
    if (at.enum !== undefined) return at.enum[random(at.enum.length)];
    switch (at.type) {
      case 'string':
        return text(name, random);
      case 'integer':
      case 'number':
        return number(at, name, random);
      case 'boolean':
        return random(2) === 0;
      case 'array':
        return Array.from({ length: random(depth > 4 ? 2 : 4) }, () => make(at.items ?? {}, name, random, depth + 1));
      case 'object':
        return makeObject(at, random, depth);
      default:
        return JSON.parse(strange[random(strange.length)]!);
    }
  }

  function makeObject({ properties, additionalProperties }: Schema, random: Random, depth: number): Json {
    const made: Record<string, Json> = {};
    for (const [name, inner] of Object.entries(properties ?? {}))
      if (random(3) > 0) made[name] = make(inner, name, random, depth + 1);
    if (isSchema(additionalProperties))
      for (let more = random(4); more > 0; more--) {
        const name = text('', random);
        made[name] = make(additionalProperties, name, random, depth + 1);
      }
    return made;
  }

  function change(root: { value: Json }, other: Json, random: Random): void {
    const places = placesOf(schema as Schema, root);
    const place = places[random(places.length)]!;
    const { value, list } = place;
    switch (random(8)) {
      case 0:
        if (list !== undefined && list.length < mostItems)
          list.splice(random(list.length + 1), 0, structuredClone(value));
        break;
      case 1:
        addTo(place, random);
        break;
      default:
        place.put(replacement(place, other, random));
    }
  }

  /** A property that the schema knows and that is missing, or one more item. */
  function addTo({ schema: at, name, value }: Place, random: Random): void {
    if (Array.isArray(value) && value.length < mostItems) value.push(make(at.items ?? {}, name, random, 0));
    const properties = Object.keys(at.properties ?? {});
    const property = properties[random(properties.length)];
    if (property !== undefined && isFields(value))
      set(value, property, make(at.properties![property]!, property, random, 0));
  }

  function replacement({ schema: at, name, value }: Place, other: Json, random: Random): Json {
    switch (random(6)) {
      case 0:
        return undefined;
      case 1:
        return JSON.parse(strange[random(strange.length)]!);
      case 2: {
        const fitting = placesOf(schema as Schema, { value: other }).filter((each) => each.schema === at);
        return structuredClone(fitting[random(fitting.length)]?.value ?? value);
      }
      case 3:
        if (typeof value === 'string') return texts.mutate(value, value, random);
        if (typeof value === 'number') return value + (random(2) === 0 ? 1 : -1);
        return make(at, name, random, 0);
      default:
        return make(at, name, random, 0);
    }
  }

  return {
    mutate(input, other, random) {
      const root = { value: structuredClone(input) };
      for (let changes = 1 + random(4); changes > 0; changes--) change(root, other, random);
      return root.value ?? null;
    },
    *smaller(input) {
      const count = placesOf(schema as Schema, { value: structuredClone(input) }).length;
      for (let i = 1; i < count; i++) {
        const root = { value: structuredClone(input) };
        placesOf(schema as Schema, root)[i]!.put(undefined);
        yield root.value;
      }
    },
    write: (input) => JSON.stringify(input),
    read: (line) => JSON.parse(line) as Json,
  };
}

function placesOf(schema: Schema, root: { value: Json }): readonly Place[] {
  const places: Place[] = [];
  visit(schema, '', root.value, (value) => {
    root.value = value;
  });
  return places;

  function visit(at: Schema, name: string, value: Json, put: (value: Json) => void, list?: Json[]): void {
    places.push({ name, schema: at, value, put, ...(list === undefined ? {} : { list }) });
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries())
        visit(
          at.items ?? {},
          name,
          item,
          (next) => void value.splice(i, 1, ...(next === undefined ? [] : [next])),
          value,
        );
    } else if (isFields(value)) {
      for (const [key, inner] of Object.entries(value)) {
        const more = isSchema(at.additionalProperties) ? at.additionalProperties : {};
        const of = at.properties !== undefined && Object.hasOwn(at.properties, key) ? at.properties[key]! : more;
        visit(of, key, inner, (next) => set(value, key, next));
      }
    }
  }
}

/** A plain assignment would take one name for the prototype. */
function set(object: Record<string, Json>, name: string, value: Json): void {
  if (value === undefined) delete object[name];
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function harvest(seen: Map<string, Json[]>, name: string, value: Json): void {
  if (Array.isArray(value)) for (const item of value) harvest(seen, name, item);
  else if (isFields(value)) {
    for (const [key, inner] of Object.entries(value)) {
      harvest(seen, '', key);
      harvest(seen, key, inner);
    }
  } else if (value !== null) seen.set(name, [...(seen.get(name) ?? []), value]);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

function isFields(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
