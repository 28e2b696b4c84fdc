/** Where in a YAML document the field is that a problem names. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  type ParsedNode,
} from 'yaml';

/**
 * The line of the field, from 1; where it is missing, that of the nearest field around it.
 *
 * @param path as in `Problem`: `spec.members[0].priority`, `metadata.annotations["a.b/c"]`
 */
export function lineOfPath(document: Document, lines: LineCounter, path: string): number {
  let node: unknown = document.contents;
  let at = startOf(node) ?? document.range?.[0] ?? 0;
  for (let left = path; left !== ''; ) {
    const inside = isAlias(node) ? node.resolve(document as Document.Parsed) : node;
    const step = isMap(inside) ? intoMap(inside.items, left) : isSeq(inside) ? intoList(inside.items, left) : undefined;
    if (step === undefined) break;
    ({ node, left } = step);
    at = startOf(step.named) ?? at;
  }
  return lines.linePos(at).line;
}

interface Step {
  readonly node: unknown;
  /** What says where it begins: the key, or the entry of a list. */
  readonly named: unknown;
  readonly left: string;
}

/** Names may have dots in them: the longest that the path begins with is meant. */
function intoMap(pairs: readonly unknown[], path: string): Step | undefined {
  let found: Step | undefined;
  for (const pair of pairs) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const { key, value } = pair as Pair<{ value: unknown }, ParsedNode | null>;
    for (const name of [`["${String(key.value)}"]`, `.${String(key.value)}`, String(key.value)]) {
      if (!path.startsWith(name) || !/^(?:$|[.[])/.test(path.slice(name.length))) continue;
      const left = path.slice(name.length);
      if (found === undefined || left.length < found.left.length) found = { node: value, named: key, left };
    }
  }
  return found;
}

function intoList(items: readonly unknown[], path: string): Step | undefined {
  const [whole, index] = /^\[(\d{1,9})\]/.exec(path) ?? [];
  if (whole === undefined) return undefined;
  const node = items[Number(index)];
  return node === undefined ? undefined : { node, named: node, left: path.slice(whole.length) };
}

function startOf(node: unknown): number | undefined {
  return (node as { readonly range?: readonly number[] | null } | null | undefined)?.range?.[0];
}
