/** Passwords of BGP sessions from files, where there are no Secrets: laid out as Secrets that are mounted, NAME/KEY. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSmallFile, UnfitFile } from '../../platform/linux/small-file.js';
import { describeError } from '../../platform/observability/log.js';
import type { SecretView } from './bgp-source.js';

/** Of a file: what a Secret may hold. */
const mostBytes = 1024 * 1024;
/** One line end at the end of a file is the editor's, not the password's. */
const lineEnd = /\r?\n$/;

/** Reads those of these names. Never rejects. */
export async function readPasswords(
  directory: string | undefined,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, SecretView>> {
  const found = new Map<string, SecretView>();
  for (const name of names) found.set(name, directory === undefined ? 'absent' : await readEntries(directory, name));
  return found;
}

async function readEntries(directory: string, name: string): Promise<SecretView> {
  if (name.includes('/') || name.startsWith('.')) return 'absent';
  try {
    const data: Record<string, string> = {};
    for (const entry of await readdir(join(directory, name), { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.isDirectory()) continue;
      const text = await readEntry(directory, name, entry.name);
      data[entry.name] = Buffer.from(text.replace(lineEnd, ''), 'utf8').toString('base64');
    }
    return { data };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : { unreadable: describeError(error) };
  }
}

async function readEntry(directory: string, name: string, entry: string): Promise<string> {
  try {
    return (await readSmallFile(join(directory, name, entry), mostBytes)).toString('utf8');
  } catch (error) {
    throw error instanceof UnfitFile ? new Error(`its entry ${entry} ${error.message}`, { cause: error }) : error;
  }
}
