// Owns: what the chart's values are, from values.yaml (defaults, comments) and values.schema.json (types). Knows no output format.
import { isCollection, isMap, isScalar, type Pair, parseDocument, type Scalar, stringify, type YAMLMap } from 'yaml';

/** One value that a user may set. */
export interface ValueRow {
  /** Keys from the top, joined by dots: `controller.vridRange`. */
  readonly path: string;
  /** In words: `integer from 1 to 65535`. */
  readonly type: string;
  /** As YAML on one line; undefined where values.yaml has none. */
  readonly default: string | undefined;
  /** What it is for: the comments above it and behind it in values.yaml, else the description in the schema. Empty: nobody says. */
  readonly meaning: string;
}

export interface ValueSection {
  /** The top-level key; empty for values that stand at the top themselves. */
  readonly name: string;
  readonly meaning: string;
  readonly rows: readonly ValueRow[];
}

/** A node of values.schema.json, as far as it is read here. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
}

interface Source {
  readonly text: string;
  readonly lines: readonly string[];
  readonly root: Schema;
}

/**
 * The values by top-level key, in the order of values.yaml; what only the schema knows comes last in its section.
 * Throws an Error that names a value which the schema does not know.
 */
export function valueSections(yaml: string, root: Schema): readonly ValueSection[] {
  const document = parseDocument(yaml);
  if (document.errors.length > 0) throw new Error(`values.yaml cannot be read: ${document.errors[0]!.message}`);
  const source = { text: yaml, lines: yaml.split('\n'), root };
  const top = document.contents as YAMLMap;
  const single: ValueRow[] = [];
  const sections: ValueSection[] = [];
  for (const pair of pairsOf(top)) {
    const schema = known(source, root, keyOf(pair), keyOf(pair));
    if (schema.properties === undefined) {
      single.push(...rowsAt(source, pair, schema, ''));
      continue;
    }
    sections.push({
      name: keyOf(pair),
      meaning: commentOf(source, pair),
      rows: rowsBelow(source, isMap(pair.value) ? pair.value : undefined, schema, keyOf(pair)),
    });
  }
  const given = new Set(pairsOf(top).map(keyOf));
  for (const [name, schema] of Object.entries(root.properties ?? {}))
    if (!given.has(name)) single.push(rowOfSchema(source, name, schema));
  return single.length === 0 ? sections : [{ name: '', meaning: '', rows: single }, ...sections];
}

/** The rows of a value: itself, or, where the schema knows its keys, theirs. */
function rowsAt(source: Source, pair: Pair, schema: Schema, parent: string): readonly ValueRow[] {
  const path = parent === '' ? keyOf(pair) : `${parent}.${keyOf(pair)}`;
  const meaning = commentOf(source, pair) || (schema.description ?? '');
  // An empty map takes what another value takes, whose meaning says so.
  if (schema.properties !== undefined && !isEmpty(pair))
    return rowsBelow(source, isMap(pair.value) ? pair.value : undefined, schema, path, meaning);
  return [{ path, type: typeText(source.root, schema), default: oneLine(pair.value), meaning }];
}

function rowsBelow(
  source: Source,
  map: YAMLMap | undefined,
  schema: Schema,
  path: string,
  meaning = '',
): readonly ValueRow[] {
  const pairs = map === undefined ? [] : pairsOf(map);
  const below = pairs.flatMap((pair) =>
    rowsAt(source, pair, known(source, schema, keyOf(pair), `${path}.${keyOf(pair)}`), path),
  );
  const given = new Set(pairs.map(keyOf));
  const others = Object.entries(schema.properties ?? {})
    .filter(([key]) => !given.has(key))
    .map(([key, each]) => rowOfSchema(source, `${path}.${key}`, each));
  if (meaning === '') return [...below, ...others];
  return [{ path, type: 'object', default: undefined, meaning }, ...below, ...others];
}

function rowOfSchema(source: Source, path: string, schema: Schema): ValueRow {
  const meaning = schema.description ?? '';
  return { path, type: typeText(source.root, resolved(source.root, schema)), default: undefined, meaning };
}

function known(source: Source, schema: Schema, key: string, path: string): Schema {
  const found = schema.properties?.[key];
  if (found === undefined) throw new Error(`values.schema.json does not know ${path}, which values.yaml has: add it`);
  return resolved(source.root, found);
}

function resolved(root: Schema, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  return name === undefined ? schema : { ...root.$defs?.[name], ...schema };
}

/** `text or number`, `one of Always, Never`, `list of text`, `integer from 1 to 30`. */
function typeText(root: Schema, schema: Schema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  const { additionalProperties, items, minimum, maximum } = schema;
  const names = [schema.type ?? 'any'].flat().filter((type) => type !== 'null');
  const words = names.map((type) => {
    if (type === 'string') return 'text';
    if (type === 'array') return items === undefined ? 'list' : `list of ${typeText(root, resolved(root, items))}`;
    if (type === 'object' && typeof additionalProperties === 'object') return 'map of text';
    if (type !== 'integer' || minimum === undefined) return type;
    return maximum === undefined ? `integer from ${minimum}` : `integer from ${minimum} to ${maximum}`;
  });
  return words.join(' or ');
}

/** The comment lines right above a key, then the comment behind it or its value. */
function commentOf({ text, lines }: Source, pair: Pair): string {
  const key = pair.key as Scalar;
  const keyLine = text.slice(0, key.range![0]).split('\n').length - 1;
  const above: string[] = [];
  for (let at = keyLine - 1; at >= 0 && /^\s*#/.test(lines[at]!); at--) above.unshift(lines[at]!.trim());
  const inBlock = isCollection(pair.value) && pair.value.flow !== true;
  const end = inBlock || pair.value === null ? key.range![1] : (pair.value as Scalar).range![1];
  const behind = /^\s*:?\s*(#.*)/.exec(text.slice(end).split('\n', 1)[0]!)?.[1];
  return [...above, behind ?? '']
    .map((line) => line.replace(/^#\s?/, ''))
    .join(' ')
    .trim();
}

const pairsOf = (map: YAMLMap) => map.items as readonly Pair[];
const keyOf = (pair: Pair) => String((pair.key as Scalar).value);
const isEmpty = ({ value }: Pair) => (isCollection(value) ? value.items.length === 0 : true);

function oneLine(value: unknown): string {
  if (isScalar(value)) return JSON.stringify(value.value);
  const plain = isCollection(value) ? value.toJSON() : null;
  return stringify(plain, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
}
