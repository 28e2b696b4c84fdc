/**
 * One manifest file's text as VipGroups, BgpConf and BgpPeers: all of them, or everything that is wrong with it.
 *
 * A file or document that says nothing is wrong, too: a full disk leaves such files behind, and nobody who wants groups to end writes
 * one. Groups end when their file, or their document, is taken away, or by a List without items.
 */
import { Composer, type Document, Lexer, LineCounter, Parser } from 'yaml';
import { type BgpConf, bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Problem } from '../../api/problem.js';
import { type Validation, validateBgpConf, validateBgpPeer, validateVipGroup } from '../../api/validate.js';
import type { VipGroup } from '../../api/vip-group.js';
import { describeError } from '../../platform/observability/log.js';

/** What a manifest holds, in the order in which it stands there. */
export interface Manifest {
  readonly groups: readonly VipGroup[];
  readonly confs: readonly BgpConf[];
  readonly peers: readonly BgpPeer[];
}

export const emptyManifest: Manifest = { groups: [], confs: [], peers: [] };

export type ManifestResult =
  | ({ readonly ok: true } & Manifest)
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads YAML (several documents separated by `---`) or JSON; a `List` stands for its items. */
export function parseManifest(text: string): ManifestResult {
  const reading = read(text);
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
  }
}

/**
 * The same, in turns: a long file takes seconds, and nothing else is to wait that long. A turn is some milliseconds of text or of objects, but
 * each document is put together at once, which takes up to half a second for 2 MiB.
 */
export async function parseManifestInTurns(text: string): Promise<ManifestResult> {
  const reading = read(text);
  let since = performance.now();
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
    if (performance.now() - since < turnMs) continue;
    await new Promise(setImmediate);
    since = performance.now();
  }
}

const turnMs = 10;

/** Yields where it may be interrupted. */
function* read(text: string): Generator<undefined, ManifestResult> {
  const lineCounter = new LineCounter();
  const documents: Document[] = [];
  const excess = yield* compose(text, lineCounter, documents);
  if (excess !== undefined) return { ok: false, problems: [excess] };
  const problems: string[] = [];
  const found = { groups: [] as VipGroup[], confs: [] as BgpConf[], peers: [] as BgpPeer[] };
  if (documents.length === 0) problems.push(`is empty: ${remedy}`);
  for (const [index, document] of documents.entries()) {
    yield;
    const where = documents.length > 1 ? `document ${index + 1}, ` : '';
    for (const { message, pos } of document.errors) {
      const { line, col } = lineCounter.linePos(pos[0]);
      problems.push(`${where}${message.split('\n', 1)[0]} at line ${line}, column ${col}`);
    }
    if (document.errors.length > 0) continue;
    let content: unknown;
    try {
      content = document.toJS();
    } catch (error) {
      problems.push(`${where}${describeError(error)}`); // aliases that would fill the memory
      continue;
    }
    if (content === null || content === undefined) {
      problems.push(documents.length > 1 ? `document ${index + 1} is empty: leave out its ---` : `is empty: ${remedy}`);
      continue;
    }
    if (valueNestsDeep(content)) {
      problems.push(`${where}${tooDeep}`);
      continue;
    }
    for (const [at, value] of objectsOf(content)) {
      yield;
      const problemsFound = take(value, found);
      for (const { path, message } of problemsFound) problems.push(`${where}${at}${path}: ${message}`);
    }
  }
  for (const [kind, objects] of [
    ['group', found.groups],
    ['BgpConf', found.confs],
    ['BgpPeer', found.peers],
  ] as const) {
    const names = new Set<string>();
    const twice = new Set<string>();
    for (const { metadata } of objects) (names.has(metadata.name) ? twice : names).add(metadata.name);
    for (const name of twice)
      problems.push(`metadata.name: "${name}" is there twice: give each ${kind} a name of its own`);
  }
  if (problems.length === 0) return { ok: true, ...found };
  const more = problems.length - mostProblems;
  return { ok: false, problems: more <= 0 ? problems : [...problems.slice(0, mostProblems), `and ${more} more`] };
}

/** That are told of one file: who mends these learns of the others. */
const mostProblems = 20;

/** Puts an object where its kind belongs; what is wrong with it otherwise. One without a kind is judged as a VipGroup. */
function take(
  value: unknown,
  found: { readonly groups: VipGroup[]; readonly confs: BgpConf[]; readonly peers: BgpPeer[] },
): readonly Problem[] {
  const into = <T>(list: T[], checked: Validation<T>) => {
    if (!checked.ok) return checked.problems;
    list.push(checked.value);
    return [];
  };
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } | null };
  if (kind === 'BgpPeer') return into(found.peers, validateBgpPeer(value, { strict: true }));
  if (kind !== 'BgpConf') return into(found.groups, validateVipGroup(value, { strict: true }));
  const name = metadata?.name;
  if (typeof name === 'string' && name !== bgpConfName)
    return [
      { path: 'metadata.name', message: `is "${name}": only the BgpConf of the name ${bgpConfName} has an effect` },
    ];
  return into(found.confs, validateBgpConf(value, { strict: true }));
}

const remedy = 'write what it is to hold again; take the file away when that is to end';

/** Levels of lists and maps in each other; an object has fewer than ten. */
const deepest = 64;
const mostKeys = 1_000;
/** More than addresses of a group, and than objects of a List have room for in a file that is read at all. */
const mostEntries = 10_000;
const lexemesAtOnce = 100;
const mostFaults = 100;
export const tooDeep = `has lists and maps in each other over more than ${deepest} levels, which no object of ours has`;

/*
 * What goes through such text or value recursively would run out of stack, which is an error where JavaScript notices, and the end of the
 * process where V8 does, as when it compiles a regular expression just then.
 */

/**
 * Adds the documents of a text to `documents`. Ends early, with what there is too much of, where no manifest of ours has so much, and a reader
 * of YAML would take too long for the rest, or too much stack.
 */
export function* compose(
  text: string,
  lineCounter: LineCounter,
  documents: Document[],
): Generator<undefined, string | undefined> {
  const parser = new Parser(lineCounter.addNewLine);
  const composer = new Composer({ prettyErrors: false }); // which take long when they are many
  lineCounter.addNewLine(0);
  let faults = 0;
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') faults++;
      for (const document of composer.next(token)) documents.push(document);
    }
    if (parser.stack.length > deepest) return tooDeep;
    if (faults > mostFaults) return 'is no YAML';
    const excess = excessIn(parser.stack.at(-1));
    if (excess !== undefined) return excess;
    if (++lexemes % lexemesAtOnce === 0) yield;
  }
  for (const token of parser.end()) for (const document of composer.next(token)) documents.push(document);
  for (const document of composer.end()) documents.push(document);
  return undefined;
}

/** Of the list or map that is being read. */
function excessIn(inside: Parser['stack'][number] | undefined): string | undefined {
  if (inside === undefined || !('items' in inside) || inside.items.length <= mostKeys) return undefined;
  if (inside.type === 'block-map' || (inside.type === 'flow-collection' && inside.start.source === '{'))
    return `has a map with more than ${mostKeys} keys, which no object of ours has`;
  if (inside.items.length <= mostEntries) return undefined;
  return `has a list with more than ${mostEntries} entries, which is more than any of ours may have`;
}

/** Aliases make a value deeper than its text, without end where one stands for what it is part of. */
export function valueNestsDeep(value: unknown): boolean {
  let level = new Set<unknown>([value]);
  for (let depth = 0; depth <= deepest; depth++) {
    const inside = [...level].filter((each) => typeof each === 'object' && each !== null);
    if (inside.length === 0) return false;
    level = new Set(inside.flatMap((each) => Object.values(each as object)));
  }
  return true;
}

/** The objects of a document, each with what precedes its paths. */
function objectsOf(value: unknown): readonly (readonly [string, unknown])[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if (['List', 'VipGroupList', 'BgpPeerList', 'BgpConfList'].includes(String(kind)) && Array.isArray(items)) {
    return items.map((item, index) => [`items[${index}].`, item] as const);
  }
  return [['', value]];
}
