import { identityOf } from '../admission.js';
import { type Change, isOlderVersion } from '../object-store.js';
import type { KubernetesObject } from '../resource.js';
import { parseEvent, versionOf } from '../watch-event.js';
import { type CacheState, heard, tell } from './state.js';

/** Owns: what becomes of a line of a watch. */

/** @throws ApiError for an ERROR event, UnreadableEventError for what is no event */
export function takeIn<T extends KubernetesObject>(state: CacheState<T>, line: string): void {
  const { counts } = state;
  const event = parseEvent(line, state.path);
  heard(state);
  counts.events += 1;
  const seen = versionOf(event.object);
  if (seen !== undefined && !isOlderVersion(seen, state.version)) state.version = seen;
  state.newest = state.version;
  if (event.type === 'BOOKMARK') return;
  const changes = event.type === 'DELETED' ? leave(state, event.object) : enter(state, event.object);
  if (changes === undefined) counts.staleEvents += 1;
  else tell(state, changes);
}

function enter<T extends KubernetesObject>({ gate, store }: CacheState<T>, raw: object): Change<T>[] | undefined {
  const taken = gate.take(raw);
  if (taken === undefined) return [];
  const { object } = taken.admission;
  const changes = object === undefined ? store.refuse(taken.metadata) : store.put(object);
  if (changes !== undefined) gate.note(taken);
  return changes;
}

function leave<T extends KubernetesObject>({ gate, store }: CacheState<T>, raw: object): Change<T>[] | undefined {
  const metadata = identityOf(raw);
  const changes = metadata === undefined ? [] : store.remove({ metadata });
  if (metadata !== undefined && changes !== undefined) gate.forget(metadata);
  return changes;
}
