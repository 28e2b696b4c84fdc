/** Everything that a bug report needs as one file of JSON, without what is secret: pure. */
import { fields } from '../convert/document.js';

/** Fields whose values are secrets, by their names, wherever they stand. Those that only name a secret stay. */
const secret =
  /^(auth)?(password|passwd|passphrase|token|secret|privatekey|private_key|credentials|data|stringdata|authorization)$/i;
/** What managedFields say stands in the objects, and annotations may hold the object as it was applied, with its secrets. */
const leftOut = new Set(['managedFields', 'kubectl.kubernetes.io/last-applied-configuration']);
const [deepest, longestList, longestText] = [24, 20_000, 64 * 1024];
const redacted = '<left out>';

/** The same without secrets, whatever it holds; Maps and Sets as what they stand for, functions as nothing. */
export function withoutSecrets(value: unknown, depth = deepest): unknown {
  if (depth === 0) return '…';
  if (typeof value === 'string') return withoutCredentials(value.slice(0, longestText));
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return undefined;
  if (value instanceof Map) return withoutSecrets(Object.fromEntries(value), depth);
  if (value instanceof Set) return withoutSecrets([...value], depth);
  if (Array.isArray(value)) return value.slice(0, longestList).map((each) => withoutSecrets(each, depth - 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !leftOut.has(name))
      .map(([name, inner]) => [
        name,
        secret.test(name) && inner !== undefined && inner !== null ? redacted : withoutSecrets(inner, depth - 1),
      ]),
  );
}

/** Of a URL with a name and password, and of a bearer token in a text. */
function withoutCredentials(text: string): string {
  return text
    .replace(/\/\/[^/\s:@]+:[^/\s@]+@/g, `//${redacted}@`)
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${redacted}`);
}

export function bundleText(o: {
  readonly at: string;
  readonly version: object;
  readonly findings: readonly object[];
  readonly node: object | undefined;
  readonly cluster: object | undefined;
  readonly more: Readonly<Record<string, unknown>>;
}): string {
  return `${JSON.stringify(fields(withoutSecrets(o)), null, 1)}\n`;
}
