/** What an API server has not kept of what was sent: a schema that is older than this program drops the fields that it does not know. */

/**
 * Paths of the fields of `sent` that `kept` lacks, each once, entries of lists as one: `members[].lastResort`.
 *
 * @param kept what the server answered; its values are not compared
 */
export function droppedFields(sent: object, kept: object): readonly string[] {
  return [...new Set(missing(sent, kept, ''))].sort();
}

function* missing(sent: object, kept: object, at: string): Generator<string> {
  for (const [key, value] of Object.entries(sent)) {
    if (value === undefined) continue;
    const path = Array.isArray(sent) ? `${at}[]` : `${at}${at === '' ? '' : '.'}${key}`;
    const found = (kept as Readonly<Record<string, unknown>>)[key];
    if (found === undefined) yield path;
    else if (isObject(value) && isObject(found)) yield* missing(value, found, path);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
