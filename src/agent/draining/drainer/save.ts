/** What is known of who led is noted for the next life of the agent. */
import { describeError } from '../../../platform/observability/log.js';
import { isAsked } from '../turn.js';
import type { DrainerState } from './state.js';

/** How often is noted that what was saved holds still: an agent that is killed may have known it for so much longer. */
export const holdsForMs = 60_000;

/** How soon what is remembered is saved. */
const saveAfterMs = 100;

/** Not before it is known what stands there. */
export function saveSoon(state: DrainerState): void {
  if (!isAsked(state.turns) || state.formerLife !== 'read') return;
  state.saving ??= state.timers.after(saveAfterMs, () => void save(state));
}

/** One after the other: they write the same file. Never rejects. */
export function save(state: DrainerState): Promise<void> {
  state.saving = undefined;
  state.saved = state.saved.then(() => saveNow(state));
  return state.saved;
}

async function saveNow({ memory, turns, log }: DrainerState): Promise<void> {
  try {
    await memory.save(turns.draining.histories);
  } catch (error) {
    log.warn('who led addresses is not noted: connections do not outlive the next restart of the agent', {
      reason: describeError(error),
    });
  }
}

export function noteThatItHolds(state: DrainerState): void {
  if (state.over) return;
  state.noting = state.timers.after(holdsForMs, () => {
    if (isAsked(state.turns)) state.memory.holds().catch(() => {}); // what could not be saved was said then
    noteThatItHolds(state);
  });
}
