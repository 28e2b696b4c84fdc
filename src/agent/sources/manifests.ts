/**
 * Groups, BgpConf and BgpPeers from a directory of manifests, reloaded when a file changes.
 *
 * A file that is wrong, or says nothing, is refused whole, with the file, the path in it and the reason; what the file said before goes
 * on, and ends only with the file. Hidden files and other extensions are ignored, so editors and ConfigMap mounts can do as they do.
 */
import { watchDirectory } from '../../platform/linux/directory-watch.js';
import { describeError } from '../../platform/observability/log.js';
import { secretsNeeded } from './bgp-source.js';
import type { GroupSource } from './group-source.js';
import { handOverBgp } from './manifests/hand-over.js';
import { look, lookAgain } from './manifests/look.js';
import { isEmpty, type ManifestsOptions, type ManifestsState, newManifestsState } from './manifests/state.js';

/** How often is looked whether a password has changed, while one is needed. */
const passwordsEveryMs = 2_000;

/** Reads the directory and keeps watching it. Rejects when it cannot be read at the start. */
export async function watchManifests(o: ManifestsOptions): Promise<GroupSource> {
  const m = newManifestsState(o);
  const { directory, log } = m;
  await look(m);
  const lookingAtPasswords = setInterval(lookAtPasswords, passwordsEveryMs, m).unref();
  if (m.loaded.size === 0) log.warn('no manifests yet', { directory, extensions: '.yaml .yml .json' });
  const watching = watchDirectory({
    path: directory,
    onChange: () => lookAgain(m),
    onUnwatched: (reason) => tellOfWatch(m, reason),
  });
  return {
    latest: () => undefined,
    reload: () => lookAgain(m),
    async stop() {
      m.stopped = true;
      watching.stop();
      clearTimeout(m.lookingForGone);
      clearInterval(lookingAtPasswords);
      await m.reading;
    },
    problem: () => problem(m),
    refused: () => refused(m),
    silentMs: () => performance.now() - m.readAt,
  };
}

function lookAtPasswords(m: ManifestsState): void {
  // On a file system that is dead, looks would pile up.
  if (m.lookingAtPasswords || secretsNeeded(m.bgp.peers.values()).size === 0) return;
  m.lookingAtPasswords = true;
  m.reading = m.reading
    .then(() => handOverBgp(m))
    .catch((error: unknown) => {
      m.log.error('passwords not read: what ran goes on', { error: describeError(error) });
    })
    .finally(() => {
      m.lookingAtPasswords = false;
    });
}

function tellOfWatch({ directory, log }: ManifestsState, reason: Error | undefined): void {
  if (reason === undefined) log.info('manifest directory watched again', { directory });
  else log.warn('manifest directory not watched: it is looked at each second', { directory, reason });
}

function problem({ directory, unreadable }: ManifestsState): string | undefined {
  return (
    unreadable &&
    `the manifests in ${directory} cannot be read since ${unreadable.since}: ${unreadable.problem}; going by what they said then`
  );
}

function refused({ loaded, doubles }: ManifestsState): readonly string[] {
  return [
    ...[...loaded.values()].flatMap((file) => {
      if (file.refused === undefined) return [];
      const before = !isEmpty(file.manifest) ? 'what it said before goes on' : 'nothing of it is followed';
      return [`${file.refused.problem} (refused since ${file.refused.since}, ${before})`];
    }),
    ...doubles.map(
      ({ kind, name, first, second }) => `${kind} ${name} is in ${second} as well as in ${first}, which counts`,
    ),
  ];
}
