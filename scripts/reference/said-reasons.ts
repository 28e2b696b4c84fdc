// Owns: the reasons that conditions and Events have, as the source says them.
import { sourcesIn } from './sources.js';

/** Wherever the source says one: in a condition, in an Event, in a type that is a list of them. */
const said = [
  /\breason: '([A-Z][A-Za-z]+)'/g,
  /'(?:Warning|Normal)',\s*'([A-Z][A-Za-z]+)'/g,
  /^\s*\| '([A-Z][A-Za-z]+)'/gm,
  /\bno\('([A-Z][A-Za-z]+)'/g,
];

/** Words of the API that are no reason: states, kinds of things. */
const others = new Set(['Initialize', 'Backup', 'Active', 'Lost', 'Invalid']);

/** Each with the files that say it. */
export function saidReasons(folders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { path, text } of folders.flatMap(sourcesIn))
    for (const pattern of said)
      for (const [, reason = ''] of text.matchAll(pattern))
        if (!others.has(reason)) found.set(reason, [...(found.get(reason) ?? []), path]);
  return found;
}
