/**
 * The keys that adverts are signed with, from a directory that is looked at again when it changes: a mounted Secret, or files that an
 * operator keeps.
 *
 * A key that is there stays what it is until its file goes: content that is wrong, or another key under the same ID, is refused,
 * because the nodes hear of it one after the other, and would take each other for dead meanwhile.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { watchDirectory } from '../../platform/linux/directory-watch.js';
import { readSmallFile, UnfitFile } from '../../platform/linux/small-file.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { AdvertKey } from '../engine/messages.js';
import { type KeyName, keyNameOf, parseKey } from './key-file.js';

/** Of a file: many times what the longest key takes. */
const mostBytes = 4_096;

/** The keys of one name. */
export interface KeyRing {
  /** In the order of their IDs. */
  readonly keys: readonly AdvertKey[];
  /** What was refused, and why. */
  readonly problems: readonly string[];
}

export interface KeyDirectory {
  readonly path: string;
  ring(keys: string): KeyRing;
  /** Looks now whether anything has changed, instead of soon; never rejects. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

interface Loaded {
  readonly name: KeyName;
  /** Changes when the file does. */
  readonly stamp: string;
  readonly key: AdvertKey['key'] | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads the directory and keeps watching it. A directory that is missing or cannot be read has no keys, or those that it had before.
 *
 * @param o.onChange called after each change
 */
export async function watchKeys(o: {
  readonly path: string;
  readonly onChange: () => void;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}): Promise<KeyDirectory> {
  const loaded = new Map<string, Loaded>();
  const ignored = new Set<string>();
  let unreadable: string | undefined;
  let stopped = false;
  let reading: Promise<void> = Promise.resolve();

  async function look(): Promise<boolean> {
    const files = (await readdir(o.path)).filter((file) => !file.startsWith('.')).sort();
    let changed = false;
    for (const file of [...loaded.keys()]) {
      if (files.includes(file)) continue;
      changed = loaded.delete(file);
      o.log.info('key removed', { file: join(o.path, file) });
    }
    for (const file of files) {
      const name = keyNameOf(file);
      if (name === undefined) ignore(file);
      else changed = (await load(file, name)) || changed;
    }
    return changed;
  }

  function ignore(file: string): void {
    if (ignored.has(file)) return;
    ignored.add(file);
    const reason = 'a key is a file NAME.ID, such as lan.1, of lower-case letters, digits and -, and an ID of 1 to 255';
    o.log.warn('file ignored', { file: join(o.path, file), reason });
  }

  async function load(file: string, name: KeyName): Promise<boolean> {
    const path = join(o.path, file);
    const before = loaded.get(file);
    const found = await read(path);
    if (found.stamp === before?.stamp) return false;
    const parsed =
      found.content === undefined ? { ok: false as const, problem: found.problem } : parseKey(found.content);
    const problem = parsed.ok ? changedKey(before, parsed.key) : parsed.problem;
    const key = before?.key ?? (parsed.ok ? parsed.key : undefined);
    loaded.set(file, { name, stamp: found.stamp, key, problem: problem && `${file} ${problem}` });
    if (problem !== undefined)
      o.log.error('key refused', { file: path, reason: problem, before: before?.key ? 'goes on' : 'nothing' });
    else o.log.info('key loaded', { file: path });
    if (found.open) o.log.warn('key readable by others than its owner', { file: path, remedy: `chmod 0600 ${path}` });
    return true;
  }

  function lookAgain(): Promise<void> {
    reading = reading.then(async () => {
      if (stopped) return;
      const changed = await tryToLook();
      if (changed && !stopped) o.onChange();
    });
    return reading;
  }

  function tellOfWatch(reason: Error | undefined): void {
    if (unreadable !== undefined) return; // that was said
    if (reason === undefined) o.log.info('key directory watched again', { directory: o.path });
    else o.log.warn('key directory not watched: it is looked at each second', { directory: o.path, reason });
  }

  async function tryToLook(): Promise<boolean> {
    try {
      const changed = await look();
      if (unreadable !== undefined) o.log.info('key directory readable again', { directory: o.path });
      unreadable = undefined;
      return changed;
    } catch (error) {
      if (unreadable === undefined)
        o.log.error('key directory not readable: the keys it had go on', {
          directory: o.path,
          error: describeError(error),
        });
      unreadable = describeError(error);
      return false;
    }
  }

  await tryToLook();
  const watching = watchDirectory({ path: o.path, onChange: lookAgain, onUnwatched: tellOfWatch });
  return {
    path: o.path,
    ring(keys) {
      const own = [...loaded.values()].filter(({ name }) => name.keys === keys);
      const problems = own.map(({ problem }) => problem).filter((problem) => problem !== undefined);
      const good = own.flatMap(({ name: { id }, key }) => (key === undefined ? [] : [{ id, key }]));
      return { keys: good.sort((a, b) => a.id - b.id), problems };
    },
    reload: lookAgain,
    async stop() {
      stopped = true;
      watching.stop();
      await reading;
    },
  };
}

function changedKey(before: Loaded | undefined, key: AdvertKey['key']): string | undefined {
  if (before?.key === undefined || before.key.equals(key)) return undefined;
  return 'has become another key under the same ID, which is refused: the former goes on; give the new key an ID of its own';
}

type Found =
  | { readonly stamp: string; readonly content: Uint8Array; readonly open: boolean }
  | { readonly stamp: string; readonly content: undefined; readonly open: false; readonly problem: string };

async function read(path: string): Promise<Found> {
  try {
    const { mtimeNs, size, ino, mode } = await stat(path, { bigint: true });
    const content = await readSmallFile(path, mostBytes);
    return { stamp: `${mtimeNs} ${size} ${ino} ${mode}`, content, open: (mode & 0o077n) !== 0n };
  } catch (error) {
    const problem = error instanceof UnfitFile ? error.message : `cannot be read: ${describeError(error)}`;
    return { stamp: problem, content: undefined, open: false, problem };
  }
}
