/** Looks at the directory, and hands over what its files say when that has changed. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bgpConfName } from '../../../api/bgp-conf.js';
import { describeError } from '../../../platform/observability/log.js';
import { collect } from './collect.js';
import { handOverBgp } from './hand-over.js';
import { load } from './load.js';
import type { ManifestsState } from './state.js';

const extensions = /\.(ya?ml|json)$/;
/** A file that is gone is one that somebody took away if it still is after this long: some programs write a file anew by removing it first. */
const goneMs = 200;

/** Rejects when the directory cannot be read. */
export async function look(m: ManifestsState): Promise<void> {
  const names = (await readdir(m.directory)).filter((name) => extensions.test(name) && !name.startsWith('.')).sort();
  let changed = false;
  for (const name of names) m.gone.delete(name);
  for (const name of [...m.loaded.keys()]) if (!names.includes(name)) changed = forgetGone(m, name) || changed;
  for (const name of names) changed = (await load(m, name)) || changed;
  m.readAt = performance.now();
  if (changed && !m.stopped) await handOver(m);
}

/** Looks again, after whatever is being read. Never rejects: what ran goes on. */
export function lookAgain(m: ManifestsState): Promise<void> {
  m.reading = m.reading.then(async () => {
    if (m.stopped) return;
    try {
      await look(m);
      if (m.unreadable !== undefined) m.log.info('manifest directory readable again', { directory: m.directory });
      m.unreadable = undefined;
    } catch (error) {
      if (m.unreadable === undefined) m.log.error('manifest directory not readable: what ran goes on', { error });
      m.unreadable = { since: m.unreadable?.since ?? new Date().toISOString(), problem: describeError(error) };
    }
  });
  return m.reading;
}

/** Returns whether the file has been gone for long enough. */
function forgetGone(m: ManifestsState, name: string): boolean {
  const since = m.gone.get(name) ?? performance.now();
  m.gone.set(name, since);
  if (performance.now() - since < goneMs) {
    clearTimeout(m.lookingForGone);
    m.lookingForGone = setTimeout(lookAgain, goneMs, m).unref();
    return false;
  }
  m.gone.delete(name);
  m.loaded.delete(name);
  m.log.info('manifest removed', { file: join(m.directory, name) });
  return true;
}

async function handOver(m: ManifestsState): Promise<void> {
  const groups = collect('VipGroup', m.loaded, m.gone, (manifest) => manifest.groups);
  const confs = collect('BgpConf', m.loaded, m.gone, (manifest) => manifest.confs);
  const peers = collect('BgpPeer', m.loaded, m.gone, (manifest) => manifest.peers);
  m.doubles = [...groups.doubles, ...confs.doubles, ...peers.doubles];
  tellOfDoubles(m);
  m.onGroups(groups.objects, new Map([...groups.files].map(([group, file]) => [group, join(m.directory, file)])));
  m.bgp = { conf: confs.objects.get(bgpConfName), peers: peers.objects };
  await handOverBgp(m);
}

function tellOfDoubles({ doubles, log }: ManifestsState): void {
  for (const { kind, ...double } of doubles)
    log.error(
      kind === 'VipGroup'
        ? 'group defined twice: the second is ignored'
        : `${kind} defined twice: the second is ignored`,
      kind === 'VipGroup' ? { group: double.name, first: double.first, second: double.second } : double,
    );
}
