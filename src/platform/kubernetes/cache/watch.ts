import type { KubernetesObject } from '../resource.js';
import { watchSilence } from '../watch-silence.js';
import { untold } from './difference.js';
import { takeIn } from './event.js';
import { isOver } from './outage.js';
import { type CacheState, heard } from './state.js';

/** Owns: one watch, from the version that a cache has reached. */

/** How long the server is asked to keep a watch open; spread, so that watches do not all end together. */
const watchSeconds = { least: 290, spread: 61 };
/** Silence beyond the end that the server promised. */
const graceMs = 30_000;
/** A watch that lasted this long worked, even if nothing happened in it. */
const workedMs = 10_000;

/** Why a watch ends that works: everything is read anew. */
export const readingAnew = new Error('everything is read anew');

/**
 * Resolves with whether the watch was of any use when the server ended it.
 *
 * @throws ApiError, ConnectionError, `readingAnew`, or what the reading of an event throws
 */
export async function watch<T extends KubernetesObject>(state: CacheState<T>): Promise<boolean> {
  const { client, clock, counts, path, query } = state;
  const timeoutSeconds = watchSeconds.least + Math.floor(clock.random() * watchSeconds.spread);
  const before = counts.events;
  const started = clock.now();
  const worked = () => counts.events > before || clock.now() - started >= workedMs;
  const ending = endingOf(state);
  const silence = watchSilence({
    clock,
    limits: state.silence,
    look: () => untold(state),
    end: ending.end,
  });
  const onLine = (line: string) => {
    silence.heard();
    takeIn(state, line);
  };
  try {
    await client.watch(
      path,
      { ...query, watch: true, allowWatchBookmarks: true, timeoutSeconds, resourceVersion: state.version },
      onLine,
      { signal: ending.signal, onOpen: () => opened(state), idleMs: timeoutSeconds * 1000 + graceMs },
    );
    return worked();
  } finally {
    silence.stop();
    ending.forget();
    state.connected = false;
    if (worked()) state.backoff.reset();
  }
}

function opened<T>(state: CacheState<T>): void {
  state.counts.watches += 1;
  state.connected = true;
  heard(state);
  isOver(state);
}

/** What can end a watch: the end of its cache, a silence that was looked into, and that everything is to be read anew. */
function endingOf<T>(state: CacheState<T>) {
  const { signal } = state.stopping;
  const ending = new AbortController();
  const end = (reason: unknown) => ending.abort(reason);
  const abort = () => end(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  state.endWatch = () => end(readingAnew);
  return {
    signal: ending.signal,
    end,
    forget() {
      signal.removeEventListener('abort', abort);
      state.endWatch = undefined;
    },
  };
}
