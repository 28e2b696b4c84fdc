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

/** What is known of the directory. */
interface Directory {
  readonly path: string;
  readonly onChange: () => void;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** By file. */
  readonly loaded: Map<string, Loaded>;
  /** Files that are no keys, of which that was said. */
  readonly ignored: Set<string>;
  /** Why it cannot be read. */
  unreadable: string | undefined;
  stopped: boolean;
  /** Ends with the latest look that was asked for. */
  reading: Promise<void>;
}

/**
 * Reads the directory and keeps watching it. A directory that is missing or cannot be read has no keys, or those that it had before.
 *
 * @param o.onChange called after each change
 */
export async function watchKeys(o: Pick<Directory, 'path' | 'onChange' | 'log'>): Promise<KeyDirectory> {
  const d: Directory = {
    ...o,
    loaded: new Map(),
    ignored: new Set(),
    unreadable: undefined,
    stopped: false,
    reading: Promise.resolve(),
  };
  await tryToLook(d);
  const watching = watchDirectory({
    path: d.path,
    onChange: () => lookAgain(d),
    onUnwatched: (reason) => tellOfWatch(d, reason),
  });
  return {
    path: d.path,
    ring: (keys) => ringOf(d, keys),
    reload: () => lookAgain(d),
    async stop() {
      d.stopped = true;
      watching.stop();
      await d.reading;
    },
  };
}

function ringOf({ loaded }: Directory, keys: string): KeyRing {
  const own = [...loaded.values()].filter(({ name }) => name.keys === keys);
  const problems = own.map(({ problem }) => problem).filter((problem) => problem !== undefined);
  const good = own.flatMap(({ name: { id }, key }) => (key === undefined ? [] : [{ id, key }]));
  return { keys: good.sort((a, b) => a.id - b.id), problems };
}

function lookAgain(d: Directory): Promise<void> {
  d.reading = d.reading.then(async () => {
    if (d.stopped) return;
    const changed = await tryToLook(d);
    if (changed && !d.stopped) d.onChange();
  });
  return d.reading;
}

async function tryToLook(d: Directory): Promise<boolean> {
  try {
    const changed = await look(d);
    if (d.unreadable !== undefined) d.log.info('key directory readable again', { directory: d.path });
    d.unreadable = undefined;
    return changed;
  } catch (error) {
    const reason = describeError(error);
    if (d.unreadable === undefined)
      d.log.error('key directory not readable: the keys it had go on', { directory: d.path, error: reason });
    d.unreadable = reason;
    return false;
  }
}

/** @returns whether anything has changed */
async function look(d: Directory): Promise<boolean> {
  const files = (await readdir(d.path)).filter((file) => !file.startsWith('.')).sort();
  let changed = false;
  for (const file of [...d.loaded.keys()]) {
    if (files.includes(file)) continue;
    changed = d.loaded.delete(file);
    d.log.info('key removed', { file: join(d.path, file) });
  }
  for (const file of files) {
    const name = keyNameOf(file);
    if (name === undefined) ignore(d, file);
    else changed = (await load(d, file, name)) || changed;
  }
  return changed;
}

function ignore({ path, ignored, log }: Directory, file: string): void {
  if (ignored.has(file)) return;
  ignored.add(file);
  const reason = 'a key is a file NAME.ID, such as lan.1, of lower-case letters, digits and -, and an ID of 1 to 255';
  log.warn('file ignored', { file: join(path, file), reason });
}

/** @returns whether it has changed */
async function load({ loaded, log, ...d }: Directory, file: string, name: KeyName): Promise<boolean> {
  const path = join(d.path, file);
  const before = loaded.get(file);
  const found = await read(path);
  if (found.stamp === before?.stamp) return false;
  const parsed = found.content === undefined ? { ok: false as const, problem: found.problem } : parseKey(found.content);
  const problem = parsed.ok ? changedKey(before, parsed.key) : parsed.problem;
  const key = before?.key ?? (parsed.ok ? parsed.key : undefined);
  loaded.set(file, { name, stamp: found.stamp, key, problem: problem && `${file} ${problem}` });
  if (problem !== undefined)
    log.error('key refused', { file: path, reason: problem, before: before?.key ? 'goes on' : 'nothing' });
  else log.info('key loaded', { file: path });
  if (found.open) log.warn('key readable by others than its owner', { file: path, remedy: `chmod 0600 ${path}` });
  return true;
}

function tellOfWatch({ path, unreadable, log }: Directory, reason: Error | undefined): void {
  if (unreadable !== undefined) return; // that was said
  if (reason === undefined) log.info('key directory watched again', { directory: path });
  else log.warn('key directory not watched: it is looked at each second', { directory: path, reason });
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
