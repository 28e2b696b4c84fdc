// Owns: the simple JSON paths that CRDs may use for printer columns.
// Source: k8s.io/client-go/util/jsonpath, the part without ranges, unions and scripts.
import { isMap, type Json } from '../object.js';

type Step = (value: Json) => Json[];

/**
 * Compiles `.spec.a`, `.metadata.labels.a\.b`, `.list[0]`, `.list[-1:]`, `.list[*]`, `['field']` and
 * `.list[?(@.type=="Ready")].status`. Throws an Error that quotes what it cannot read.
 */
export function compileJsonPath(path: string): (value: Json) => readonly Json[] {
  const steps: Step[] = [];
  for (let rest = path.replace(/^\{(.*)\}$/, '$1'); rest !== ''; ) {
    const token = /^(\.(?:\\.|[^.[\]\\])*|\[(?:[^\]'"]|'[^']*'|"[^"]*")*\])/.exec(rest);
    if (!token) throw new Error(`unrecognized JSON path ${JSON.stringify(path)} at ${JSON.stringify(rest)}`);
    steps.push(compileStep(token[0], path));
    rest = rest.slice(token[0].length);
  }
  return (value) => steps.reduce<Json[]>((values, step) => values.flatMap(step), [value]);
}

function compileStep(token: string, path: string): Step {
  if (token === '.') return (value) => [value];
  if (token.startsWith('.')) return fieldStep(token.slice(1).replaceAll('\\', ''));
  const inner = token.slice(1, -1).trim();
  if (inner === '*')
    return (value) => (Array.isArray(value) ? value : isMap(value) ? (Object.values(value) as Json[]) : []);
  const quoted = /^(?:'([^']*)'|"([^"]*)")$/.exec(inner);
  if (quoted) return fieldStep(quoted[1] ?? quoted[2]!);
  const index = /^(-?\d+):?$/.exec(inner);
  if (index) return (value) => present(Array.isArray(value) ? value.at(Number(index[1])) : undefined);
  const filter = /^\?\(\s*@((?:\.[\w-]+)+)\s*==\s*(?:'([^']*)'|"([^"]*)"|(true|false|-?\d+))\s*\)$/.exec(inner);
  if (!filter) throw new Error(`unrecognized JSON path ${JSON.stringify(path)} at ${JSON.stringify(token)}`);
  const select = compileJsonPath(filter[1]!);
  const wanted = filter[2] ?? filter[3] ?? filter[4]!;
  return (value) =>
    Array.isArray(value) ? value.filter((item) => select(item).some((found) => String(found) === wanted)) : [];
}

function fieldStep(field: string): Step {
  return (value) => present(isMap(value) ? value[field] : undefined);
}

const present = (value: Json | undefined): Json[] => (value === undefined ? [] : [value]);
