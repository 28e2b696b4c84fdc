import type { Clock } from './clock.js';

/**
 * Owns: when a watch that says nothing is looked into. A server that hangs keeps its connections open, since its kernel
 * answers for it; so does a proxy in front of one that is gone. Nothing but a question tells such a watch from one of a
 * collection that does not change.
 * Refuses to know: what is asked.
 */

export interface SilenceLimits {
  /** A watch that says nothing for this long is looked into. */
  readonly quietMs: number;
  /** How long the answer may take. */
  readonly answerMs: number;
  /** How long the watch may take to tell what the answer shows already: both come from one server, by two connections. */
  readonly graceMs: number;
}

/** Servers may send a bookmark about each minute, which says enough; kube-apiserver 1.20 was seen to send none in 75 s. */
export const usualSilence: SilenceLimits = { quietMs: 75_000, answerMs: 10_000, graceMs: 5_000 };

export interface WatchSilence {
  /** The watch said something. */
  heard(): void;
  stop(): void;
}

/**
 * @param o.look asks the server; resolves with what the watch should have told, undefined when nothing, and rejects when
 *   there is no good answer
 * @param o.end called once at most: the watch is of no use, for this reason
 */
export function watchSilence(o: {
  readonly clock: Clock;
  readonly limits: SilenceLimits;
  readonly look: () => Promise<string | undefined>;
  readonly end: (reason: unknown) => void;
}): WatchSilence {
  const { clock, limits } = o;
  let lastWord = clock.now();
  let stopped = false;
  let cancel = clock.after(limits.quietMs, wake);

  /** Words come far more often than silences: they only leave their time here. */
  function wake(): void {
    const left = lastWord + limits.quietMs - clock.now();
    if (left > 0) cancel = clock.after(left, wake);
    else void lookInto();
  }

  async function lookInto(): Promise<void> {
    const before = lastWord;
    try {
      const missing = await o.look();
      if (stopped) return;
      if (missing === undefined || lastWord !== before) return goOn();
      cancel = clock.after(limits.graceMs, () => {
        if (lastWord === before) finish(new Error(missing));
        else goOn();
      });
    } catch (error) {
      if (!stopped) finish(error);
    }
  }

  function goOn(): void {
    lastWord = Math.max(lastWord, clock.now());
    cancel = clock.after(limits.quietMs, wake);
  }

  function finish(reason: unknown): void {
    stopped = true;
    o.end(reason);
  }

  return {
    heard() {
      lastWord = clock.now();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
