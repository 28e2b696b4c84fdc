import { identityOf } from '../admission.js';
import { countOf } from '../list-pages.js';
import { isOlderVersion } from '../object-store.js';
import { keyOf, type ObjectList } from '../resource.js';
import { type CacheState, heard } from './state.js';

/** Owns: asking the server whether what it has is what a cache holds. */

export interface Difference {
  /** Only in how many objects there are. */
  readonly count: boolean;
  /** What the server has, for people. */
  readonly text: string;
}

/** Whether the server still tells the history we are in the middle of. How many objects there are, the watch will tell. */
export async function continues<T>(state: CacheState<T>): Promise<boolean> {
  const found = await difference(state);
  return found === undefined || found.count;
}

/** What a silent watch should have told. */
export async function untold<T>(state: CacheState<T>): Promise<string | undefined> {
  const found = await difference(state, state.silence.answerMs);
  // Watching again from the same version did not help: only a list will.
  if (found?.count && state.miscounted) state.version = undefined;
  state.miscounted = found?.count === true;
  return found && `the watch of ${state.resource.plural} missed changes: asked, the server showed that ${found.text}`;
}

/**
 * How what the server has differs from what is held, judged by its first object and, where it says so, by how many there are;
 * undefined: in nothing. One that came back with an older or emptied store would accept a watch from our version and
 * silently leave out what we missed; its first object betrays it.
 */
async function difference<T>(state: CacheState<T>, timeoutMs?: number): Promise<Difference | undefined> {
  const { client, path, query, store, stopping } = state;
  const page = await client.request<ObjectList<unknown>>({
    method: 'GET',
    path,
    query: { ...query, limit: 1 },
    signal: stopping.signal,
    timeoutMs,
  });
  const first = page.items?.[0];
  const metadata = identityOf(first);
  const known = metadata && store.known(keyOf(metadata));
  const same = known?.uid === metadata?.uid && known?.resourceVersion === metadata?.resourceVersion;
  const older = isOlderVersion(page.metadata.resourceVersion, state.version);
  if (older || !same || (first === undefined && store.knownSize > 0)) {
    const name = first === undefined ? 'it has none any more' : `${metadata?.name} is another one there`;
    return { count: false, text: older ? 'its history is another one' : name };
  }
  heard(state);
  const there = countOf(page) ?? store.knownSize;
  if (there === store.knownSize) return undefined;
  return { count: true, text: `it has ${there} of them, not ${store.knownSize}` };
}
