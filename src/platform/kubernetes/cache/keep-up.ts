import { ApiError, hasStatus } from '../api-error.js';
import { pause } from '../clock.js';
import { ConnectionError } from '../connection-error.js';
import { untilAnswered } from '../reach.js';
import type { KubernetesObject } from '../resource.js';
import { UnreadableEventError } from '../watch-event.js';
import { continues } from './difference.js';
import { list } from './list.js';
import { complain } from './outage.js';
import type { CacheState } from './state.js';
import { readingAnew, watch } from './watch.js';

/** Owns: what a cache does next: list, watch, watch again, for ever, whatever goes wrong. */

/** Caches that hear that their server is back do not all ask it in the same instant, nor do those of hundreds of nodes. */
const spreadMs = 1_500;

/** Resolves once the cache is stopped and has no call under way; never rejects. */
export async function keepUp<T extends KubernetesObject>(state: CacheState<T>): Promise<void> {
  const { clock, backoff, client } = state;
  const { reach } = client;
  const { signal } = state.stopping;
  /** The version from which the last watch brought what cannot be read. */
  let unreadableFrom: string | undefined;
  let { answers } = reach;
  let isAway = false;
  for (let fresh = false; !signal.aborted; ) {
    try {
      if (state.version === undefined || state.lacking) {
        await list(state);
        fresh = true;
      } else if (fresh || (await continues(state))) {
        fresh = false;
        if (!(await watch(state))) await pause(clock, backoff.next(), signal);
      } else {
        state.version = undefined;
      }
    } catch (error) {
      if (signal.aborted) return;
      fresh = false;
      if (error === readingAnew) continue;
      const unreadable = error instanceof UnreadableEventError || error instanceof RangeError;
      // It may come again whenever this version is watched from; a list goes past it.
      if (hasStatus(error, 410) || (unreadable && unreadableFrom === state.version)) state.version = undefined;
      unreadableFrom = unreadable ? state.version : undefined;
      complain(state, error);
      const wasAway = isAway;
      // Where somebody was answered since the try before, it is not the server that is away.
      isAway = error instanceof ConnectionError && answers === reach.answers;
      answers = reach.answers;
      // One that has just started says that it is not ready, knows no custom resource: that is soon over.
      if (wasAway && !isAway) backoff.reset();
      const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
      if (isAway) await untilBack(state);
      else await pause(clock, Math.max(backoff.next(), asked ?? 0), signal);
    }
  }
}

async function untilBack<T>({ clock, backoff, client, stopping }: CacheState<T>): Promise<void> {
  const isBack = await untilAnswered(client.reach, clock, backoff.next(), stopping.signal);
  if (isBack) await pause(clock, clock.random() * spreadMs, stopping.signal);
}
