/** Reads one file of the directory, unless it is what it was. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSmallFile, UnfitFile } from '../../../platform/linux/small-file.js';
import { describeError } from '../../../platform/observability/log.js';
import { emptyManifest, type ManifestResult, parseManifestInTurns } from '../manifest-file.js';
import { isEmpty, type ManifestsState } from './state.js';

/** Of a file: as much as a hundred thousand addresses take. Reading that takes some seconds, in turns. */
const mostBytes = 2 * 1024 * 1024;

/** Returns whether it says something else than before, which is followed. */
export async function load({ directory, loaded, log }: ManifestsState, name: string): Promise<boolean> {
  const path = join(directory, name);
  const before = loaded.get(name);
  const read = await readManifest(path, before?.stamp);
  if (read === 'unchanged') return false;
  const { stamp } = read;
  if (read.ok) {
    const { groups, confs, peers } = read;
    loaded.set(name, { stamp, manifest: { groups, confs, peers }, refused: undefined });
    log.info('manifest loaded', {
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
  log.error('manifest refused', { file: path, problems: read.problems, before: kept ? 'goes on' : 'nothing' });
  return false;
}

/** The file's content, or why there is none; `unchanged` when its stamp is still this. */
async function readManifest(
  path: string,
  stamp: string | undefined,
): Promise<'unchanged' | (ManifestResult & { readonly stamp: string })> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    const present = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
    if (present === stamp) return 'unchanged';
    const text = (await readSmallFile(path, mostBytes)).toString('utf8');
    return { ...(await parseManifestInTurns(text)), stamp: present };
  } catch (error) {
    const problem = error instanceof UnfitFile ? `it ${error.message}` : `it cannot be read: ${describeError(error)}`;
    return { ok: false, problems: [problem], stamp: '' };
  }
}
