/**
 * Groups, BgpConf and BgpPeers from a directory of manifests, reloaded when a file changes.
 *
 * A file that is wrong, or says nothing, is refused whole, with the file, the path in it and the reason; what the file said before goes
 * on, and ends only with the file. Hidden files and other extensions are ignored, so editors and ConfigMap mounts can do as they do.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BgpConf, bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { VipGroup } from '../../api/vip-group.js';
import { watchDirectory } from '../../platform/linux/directory-watch.js';
import { readSmallFile, UnfitFile } from '../../platform/linux/small-file.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import { type BgpObjects, type BgpSink, secretsNeeded } from './bgp-source.js';
import type { GroupSink, GroupSource } from './group-source.js';
import { emptyManifest, type Manifest, parseManifest } from './manifest-file.js';
import { readPasswords } from './password-files.js';

const extensions = /\.(ya?ml|json)$/;
/** Of a file: as much as a hundred thousand addresses take. Reading that takes some seconds. */
const mostBytes = 2 * 1024 * 1024;
/** A file that is gone is one that somebody took away if it still is after this long: some programs write a file anew by removing it first. */
const goneMs = 200;
/** How often is looked whether a password has changed, while one is needed. */
const passwordsEveryMs = 2_000;

interface Loaded {
  /** Changes when the file does; empty when the file could not be read. */
  readonly stamp: string;
  readonly manifest: Manifest;
  /** What is wrong with it, and since when, ISO 8601. */
  readonly refused: { readonly since: string; readonly problem: string } | undefined;
}

/** Objects of one kind. */
interface Collected<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** The file of each. */
  readonly files: ReadonlyMap<string, string>;
  /** Those that are in another file already. */
  readonly doubles: readonly Double[];
}

interface Double {
  readonly kind: string;
  readonly name: string;
  readonly first: string;
  readonly second: string;
}

/** Reads the directory and keeps watching it. Rejects when it cannot be read at the start. */
export async function watchManifests(o: {
  readonly directory: string;
  readonly node: string;
  /** Where passwords are that BgpPeers name. */
  readonly passwordsDir: string | undefined;
  readonly onGroups: GroupSink;
  readonly onBgp: BgpSink;
  readonly log: Logger;
}): Promise<GroupSource> {
  const loaded = new Map<string, Loaded>();
  let unreadable: { readonly since: string; readonly problem: string } | undefined;
  let doubles: readonly Double[] = [];
  let bgp: Pick<BgpObjects, 'conf' | 'peers'> = { conf: undefined, peers: new Map() };
  let bgpText = '';
  let passwords = '';
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
    const groups = collect('VipGroup', loaded, gone, (manifest) => manifest.groups);
    const confs = collect('BgpConf', loaded, gone, (manifest) => manifest.confs);
    const peers = collect('BgpPeer', loaded, gone, (manifest) => manifest.peers);
    doubles = [...groups.doubles, ...confs.doubles, ...peers.doubles];
    for (const { kind, ...double } of doubles)
      o.log.error(
        kind === 'VipGroup'
          ? 'group defined twice: the second is ignored'
          : `${kind} defined twice: the second is ignored`,
        kind === 'VipGroup' ? { group: double.name, first: double.first, second: double.second } : double,
      );
    o.onGroups(groups.objects, new Map([...groups.files].map(([group, file]) => [group, join(o.directory, file)])));
    bgp = { conf: confs.objects.get(bgpConfName), peers: peers.objects };
    await handOverBgp();
  }

  /** Again when a password has changed, or the objects have. */
  async function handOverBgp(): Promise<void> {
    const secrets = await readPasswords(o.passwordsDir, secretsNeeded(bgp.peers.values()));
    const texts = [JSON.stringify([bgp.conf, [...bgp.peers.values()]]), JSON.stringify([...secrets])] as const;
    if (stopped || (texts[0] === bgpText && texts[1] === passwords)) return;
    [bgpText, passwords] = texts;
    o.onBgp({
      ...bgp,
      node: { name: o.node, labels: {}, internalIps: [] },
      secret: (name) => secrets.get(name),
      secretsIn: o.passwordsDir === undefined ? 'files: give --passwords-dir' : `directory ${o.passwordsDir}`,
    });
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
      const { groups, confs, peers } = read;
      loaded.set(name, { stamp, manifest: { groups, confs, peers }, refused: undefined });
      o.log.info('manifest loaded', {
        file: path,
        groups: groups.map((group) => group.metadata.name),
        ...(confs.length + peers.length > 0 && { bgp: [...confs, ...peers].map(({ metadata }) => metadata.name) }),
      });
      return true;
    }
    const problem = `${path}: ${read.problems.join('; ')}`;
    const refused = { since: before?.refused?.since ?? new Date().toISOString(), problem };
    loaded.set(name, { stamp, manifest: before?.manifest ?? emptyManifest, refused });
    if (stamp === '' && before?.refused?.problem === problem) return false;
    const kept = before !== undefined && !isEmpty(before.manifest);
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
  const lookingAtPasswords = setInterval(() => {
    if (secretsNeeded(bgp.peers.values()).size === 0) return;
    reading = reading.then(handOverBgp).catch((error: unknown) => {
      o.log.error('passwords not read: what ran goes on', { error: describeError(error) });
    });
  }, passwordsEveryMs).unref();
  if (loaded.size === 0) o.log.warn('no manifests yet', { directory: o.directory, extensions: '.yaml .yml .json' });
  const watching = watchDirectory({ path: o.directory, onChange: lookAgain, onUnwatched: tellOfWatch });
  return {
    latest: () => undefined,
    reload: lookAgain,
    async stop() {
      stopped = true;
      watching.stop();
      clearTimeout(lookingForGone);
      clearInterval(lookingAtPasswords);
      await reading;
    },
    problem: () =>
      unreadable &&
      `the manifests in ${o.directory} cannot be read since ${unreadable.since}: ${unreadable.problem}; going by what they said then`,
    refused: () => [
      ...[...loaded.values()].flatMap(({ refused, manifest }) => {
        if (refused === undefined) return [];
        const before = !isEmpty(manifest) ? 'what it said before goes on' : 'nothing of it is followed';
        return [`${refused.problem} (refused since ${refused.since}, ${before})`];
      }),
      ...doubles.map(
        ({ kind, name, first, second }) => `${kind} ${name} is in ${second} as well as in ${first}, which counts`,
      ),
    ],
    silentMs: () => performance.now() - readAt,
  };
}

function isEmpty({ groups, confs, peers }: Manifest): boolean {
  return groups.length + confs.length + peers.length === 0;
}

/** The objects of one kind in all files; of two with one name, that of the first file by name counts, and one in a file that is gone last. */
function collect<T extends VipGroup | BgpPeer | BgpConf>(
  kind: string,
  loaded: ReadonlyMap<string, Loaded>,
  gone: ReadonlyMap<string, unknown>,
  of: (manifest: Manifest) => readonly T[],
): Collected<T> {
  const objects = new Map<string, T>();
  const files = new Map<string, string>();
  const doubles: Double[] = [];
  const present = [...loaded.keys()].filter((file) => !gone.has(file)).sort();
  for (const file of [...present, ...gone.keys()]) {
    for (const object of of(loaded.get(file)!.manifest)) {
      const { name } = object.metadata;
      const first = files.get(name);
      if (first === undefined) {
        files.set(name, file);
        objects.set(name, object);
      } else if (!gone.has(file)) {
        doubles.push({ kind, name, first, second: file });
      }
    }
  }
  return { objects, files, doubles };
}

/** The file's content, or why there is none; `unchanged` when its stamp is still this. */
async function readManifest(
  path: string,
  stamp: string | undefined,
): Promise<'unchanged' | (ReturnType<typeof parseManifest> & { readonly stamp: string })> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    const present = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
    return present === stamp
      ? 'unchanged'
      : { ...parseManifest((await readSmallFile(path, mostBytes)).toString('utf8')), stamp: present };
  } catch (error) {
    const problem = error instanceof UnfitFile ? `it ${error.message}` : `it cannot be read: ${describeError(error)}`;
    return { ok: false, problems: [problem], stamp: '' };
  }
}
