/**
 * Groups from a directory of manifests, reloaded when a file changes.
 *
 * A file that is wrong is refused whole, with the file, the path in it and the reason; what the file said before goes on. Hidden
 * files and other extensions are ignored, so editors and ConfigMap mounts can do as they do.
 */
import { watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { VipGroup } from '../../api/vip-group.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { GroupSink, GroupSource } from './group-source.js';
import { parseManifest } from './manifest-file.js';

const extensions = /\.(ya?ml|json)$/;
/** Files are often written in several steps: look when it has been quiet for this long. */
const quietMs = 50;
/** Network file systems tell nobody about changes. */
const pollMs = 2_000;

interface Loaded {
  /** Changes when the file does. */
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

  async function look(): Promise<void> {
    const names = (await readdir(o.directory)).filter((name) => extensions.test(name) && !name.startsWith('.')).sort();
    let changed = false;
    for (const name of [...loaded.keys()]) if (!names.includes(name)) changed = loaded.delete(name);
    for (const name of names) changed = (await load(name)) || changed;
    readAt = performance.now();
    if (!changed || stopped) return;
    const collected = collect(loaded);
    for (const double of collected.doubles) o.log.error('group defined twice: the second is ignored', double);
    ({ doubles } = collected);
    o.onGroups(
      collected.groups,
      new Map([...collected.files].map(([group, file]) => [group, join(o.directory, file)])),
    );
  }

  async function load(name: string): Promise<boolean> {
    const path = join(o.directory, name);
    const before = loaded.get(name);
    const stamp = await stampOf(path);
    if (stamp === before?.stamp) return false;
    const read =
      stamp === undefined ? { ok: false as const, problems: ['it cannot be read'] } : await readManifest(path);
    if (read.ok) {
      loaded.set(name, { stamp: stamp!, groups: read.groups, refused: undefined });
      o.log.info('manifest loaded', { file: path, groups: read.groups.map((group) => group.metadata.name) });
      return true;
    }
    const problem = read.problems.join('; ');
    const refused = { since: before?.refused?.since ?? new Date().toISOString(), problem: `${path}: ${problem}` };
    loaded.set(name, { stamp: stamp ?? '', groups: before?.groups ?? [], refused });
    const kept = before !== undefined && before.groups.length > 0;
    o.log.error('manifest refused', { file: path, problems: read.problems, before: kept ? 'goes on' : 'nothing' });
    return false;
  }

  function lookAgain(): void {
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
  }

  await look();
  if (loaded.size === 0) o.log.warn('no manifests yet', { directory: o.directory, extensions: '.yaml .yml .json' });
  let quiet: NodeJS.Timeout | undefined;
  const watcher = watch(o.directory, () => {
    clearTimeout(quiet);
    quiet = setTimeout(lookAgain, quietMs);
  });
  watcher.on('error', () => watcher.close()); // the directory is gone: polling goes on, and tells
  const poll = setInterval(lookAgain, pollMs);
  return {
    latest: () => undefined,
    async stop() {
      stopped = true;
      watcher.close();
      clearTimeout(quiet);
      clearInterval(poll);
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

/** The groups of all files; of two with one name, that of the first file by name counts. */
function collect(loaded: ReadonlyMap<string, Loaded>): Collected {
  const groups = new Map<string, VipGroup>();
  const files = new Map<string, string>();
  const doubles: Collected['doubles'][number][] = [];
  for (const file of [...loaded.keys()].sort()) {
    for (const group of loaded.get(file)!.groups) {
      const { name } = group.metadata;
      const first = files.get(name);
      if (first === undefined) {
        files.set(name, file);
        groups.set(name, group);
      } else {
        doubles.push({ group: name, first, second: file });
      }
    }
  }
  return { groups, files, doubles };
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true });
    return `${mtimeNs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

async function readManifest(path: string): Promise<ReturnType<typeof parseManifest>> {
  try {
    return parseManifest(await readFile(path, 'utf8'));
  } catch (error) {
    return { ok: false, problems: [`it cannot be read: ${describeError(error)}`] };
  }
}
