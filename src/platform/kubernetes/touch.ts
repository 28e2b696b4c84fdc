import type { CacheHealth } from './cache.js';
import { usualSilence } from './watch-silence.js';

/**
 * Owns: whether what a cache holds is what the server has, in words for whoever reads a status or a health endpoint.
 */

/** A silent watch is looked into after a while, and that may take as long as this; beyond it nobody can say that all is well. */
const longestSilenceMs = usualSilence.quietMs + usualSilence.answerMs + usualSilence.graceMs;

/** A sentence on since when nothing was heard, and why; undefined while the cache is in touch with its server. */
export function outOfTouch(what: string, health: Omit<CacheHealth, 'objects'>): string | undefined {
  const { synced, lastError, lastWordAt, silentMs } = health;
  if (!synced || lastWordAt === undefined || silentMs === undefined) {
    return `nothing heard of ${what} from the API server yet: ${lastError ?? 'no answer so far'}`;
  }
  if (lastError === undefined && silentMs <= longestSilenceMs) return undefined;
  const since = new Date(lastWordAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const reason = lastError ?? 'its watch is silent, and it has not been asked';
  return (
    `nothing heard of ${what} from the API server since ${since} (${durationText(silentMs)} ago): ${reason}; ` +
    'going by what was known then'
  );
}

function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
