import type { Taken } from '../admission.js';
import { ConnectionError } from '../connection-error.js';
import { listPages } from '../list-pages.js';
import { isOlderVersion } from '../object-store.js';
import type { KubernetesObject, ObjectList } from '../resource.js';
import { type CacheState, guarded, heard, tell } from './state.js';

/** Owns: reading everything at once into a cache. */

/** @throws ApiError, ConnectionError */
export async function list<T extends KubernetesObject>(state: CacheState<T>): Promise<void> {
  const wasLacking = state.lacking;
  state.lacking = false;
  const found = await readAll(state).catch((error: unknown) => {
    state.lacking ||= wasLacking;
    throw error;
  });
  const { resourceVersion: version } = found.metadata;
  if (typeof version !== 'string' || version === '') {
    const text = `GET ${state.path}: the server sent a list without metadata.resourceVersion, so nobody knows where to watch from`;
    throw new ConnectionError('interrupted', text);
  }
  heard(state);
  state.counts.lists += 1;
  state.listed = true;
  state.version = version;
  const restarted = isOlderVersion(version, state.newest);
  state.lastList = { version, history: state.lastList.history + (restarted ? 1 : 0) };
  state.newest = version;
  const { objects, refused } = state.gate.enterAll(found.items.filter((item) => item !== undefined));
  tell(state, state.store.replace(objects, refused));
  if (!state.stopping.signal.aborted) guarded(state, 'a list handler', () => state.onList?.());
  state.first.resolve();
}

function readAll<T>(state: CacheState<T>): Promise<ObjectList<Taken<T> | undefined>> {
  const { client, resource, selection, gate, stopping } = state;
  // At the start whatever the server has at hand will do; later only the truth, which never goes back in time.
  const resourceVersion = state.listed || state.many ? undefined : '0';
  return listPages(client.request, resource, selection, { resourceVersion, signal: stopping.signal, keep: gate.take });
}
