/**
 * Groups from a directory of manifests, reloaded when a file changes.
 *
 * A file that is wrong, or says nothing, is refused whole, with the file, the path in it and the reason; what the file said before goes
 * on, and ends only with the file. Hidden files and other extensions are ignored, so editors and ConfigMap mounts can do as they do.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { VipGroup } from '../../api/vip-group.js';
import { watchDirectory } from '../../platform/linux/directory-watch.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { GroupSink, GroupSource } from './group-source.js';
import { parseManifest } from './manifest-file.js';

const extensions = /\.(ya?ml|json)$/;
/** A file that is gone is one that somebody took away if it still is after this long: some programs write a file anew by removing it first. */
const goneMs = 200;

interface Loaded {
  /** Changes when the file does; empty when the file could not be read. */
  readonly stamp: string;
  readonly groups: readonly VipGroup[];
  /** What is wrong with it, and since when, ISO 8601. */
  readonly refused: { readonly since: string; readonly problem: string } | undefined;
}

interface Collected {
  readonly groups: ReadonlyMap<string, VipGroup>;
  /** The file of each group. */
  readonly files: ReadonlyMap<string, string>;
  /** Groups that are in another file already. */
  readonly doubles: readonly { readonly group: string; readonly first: string; readonly second: string }[];
}

/** Reads the directory and keeps watching it. Rejects when it cannot be read at the start. */
export async function watchManifests(o: {
  readonly directory: string;
  readonly onGroups: GroupSink;
  readonly log: Logger;
}): Promise<GroupSource> {
  const loaded = new Map<string, Loaded>();
  let unreadable: { readonly since: string; readonly problem: string } | undefined;
  let doubles: Collected['doubles'] = [];
  let readAt = performance.now();
  let stopped = false;
  let reading: Promise<void> = Promise.resolve();
  /** Files that are gone, and since when. */
  const gone = new Map<string, number>();
  let lookingForGone: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const names = (await readdir(o.directory)).filter((name) => extensions.test(name) && !name.startsWith('.')).sort();
    let changed = false;
    for (const name of names) gone.delete(name);
    for (const name of [...loaded.keys()]) if (!names.includes(name)) changed = forgetGone(name) || changed;
    for (const name of names) changed = (await load(name)) || changed;
    readAt = performance.now();
    if (!changed || stopped) return;
    const collected = collect(loaded, gone);
    for (const double of collected.doubles) o.log.error('group defined twice: the second is ignored', double);
    ({ doubles } = collected);
    o.onGroups(
      collected.groups,
      new Map([...collected.files].map(([group, file]) => [group, join(o.directory, file)])),
    );
  }

  function forgetGone(name: string): boolean {
    const since = gone.get(name) ?? performance.now();
    gone.set(name, since);
    if (performance.now() - since < goneMs) {
      clearTimeout(lookingForGone);
      lookingForGone = setTimeout(lookAgain, goneMs).unref();
      return false;
    }
    gone.delete(name);
    loaded.delete(name);
    o.log.info('manifest removed', { file: join(o.directory, name) });
    return true;
  }

  async function load(name: string): Promise<boolean> {
    const path = join(o.directory, name);
    const before = loaded.get(name);
    const read = await readManifest(path, before?.stamp);
    if (read === 'unchanged') return false;
    const { stamp } = read;
    if (read.ok) {
      loaded.set(name, { stamp, groups: read.groups, refused: undefined });
      o.log.info('manifest loaded', { file: path, groups: read.groups.map((group) => group.metadata.name) });
      return true;
    }
    const problem = `${path}: ${read.problems.join('; ')}`;
    const refused = { since: before?.refused?.since ?? new Date().toISOString(), problem };
    loaded.set(name, { stamp, groups: before?.groups ?? [], refused });
    if (stamp === '' && before?.refused?.problem === problem) return false;
    const kept = before !== undefined && before.groups.length > 0;
    o.log.error('manifest refused', { file: path, problems: read.problems, before: kept ? 'goes on' : 'nothing' });
    return false;
  }

  function lookAgain(): Promise<void> {
    reading = reading.then(async () => {
      if (stopped) return;
      try {
        await look();
        if (unreadable !== undefined) o.log.info('manifest directory readable again', { directory: o.directory });
        unreadable = undefined;
      } catch (error) {
        if (unreadable === undefined) o.log.error('manifest directory not readable: what ran goes on', { error });
        unreadable = { since: unreadable?.since ?? new Date().toISOString(), problem: describeError(error) };
      }
    });
    return reading;
  }

  function tellOfWatch(reason: Error | undefined): void {
    const fields = { directory: o.directory };
    if (reason === undefined) o.log.info('manifest directory watched again', fields);
    else o.log.warn('manifest directory not watched: it is looked at each second', { ...fields, reason });
  }

  await look();
  if (loaded.size === 0) o.log.warn('no manifests yet', { directory: o.directory, extensions: '.yaml .yml .json' });
  const watching = watchDirectory({ path: o.directory, onChange: lookAgain, onUnwatched: tellOfWatch });
  return {
    latest: () => undefined,
    reload: lookAgain,
    async stop() {
      stopped = true;
      watching.stop();
      clearTimeout(lookingForGone);
      await reading;
    },
    problem: () =>
      unreadable &&
      `the manifests in ${o.directory} cannot be read since ${unreadable.since}: ${unreadable.problem}; going by what they said then`,
    refused: () => [
      ...[...loaded.values()].flatMap(({ refused, groups }) => {
        if (refused === undefined) return [];
        const before = groups.length > 0 ? 'what it said before goes on' : 'nothing of it is followed';
        return [`${refused.problem} (refused since ${refused.since}, ${before})`];
      }),
      ...doubles.map(
        ({ group, first, second }) => `VipGroup ${group} is in ${second} as well as in ${first}, which counts`,
      ),
    ],
    silentMs: () => performance.now() - readAt,
  };
}

/** The groups of all files; of two with one name, that of the first file by name counts, and one in a file that is gone last. */
function collect(loaded: ReadonlyMap<string, Loaded>, gone: ReadonlyMap<string, unknown>): Collected {
  const groups = new Map<string, VipGroup>();
  const files = new Map<string, string>();
  const doubles: Collected['doubles'][number][] = [];
  const present = [...loaded.keys()].filter((file) => !gone.has(file)).sort();
  for (const file of [...present, ...gone.keys()]) {
    for (const group of loaded.get(file)!.groups) {
      const { name } = group.metadata;
      const first = files.get(name);
      if (first === undefined) {
        files.set(name, file);
        groups.set(name, group);
      } else if (!gone.has(file)) {
        doubles.push({ group: name, first, second: file });
      }
    }
  }
  return { groups, files, doubles };
}

/** The file's content, or why there is none; `unchanged` when its stamp is still this. */
async function readManifest(
  path: string,
  stamp: string | undefined,
): Promise<'unchanged' | (ReturnType<typeof parseManifest> & { readonly stamp: string })> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    const present = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
    return present === stamp ? 'unchanged' : { ...parseManifest(await readFile(path, 'utf8')), stamp: present };
  } catch (error) {
    return { ok: false, problems: [`it cannot be read: ${describeError(error)}`], stamp: '' };
  }
}
