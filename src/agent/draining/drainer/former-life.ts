/** What a former life of the agent has left: what it knew, or its tables. */
import { remember } from '../state.js';
import { isAsked, removeFormerTables } from '../turn.js';
import { noteThatItHolds } from './save.js';
import type { DrainerState } from './state.js';
import { changed } from './work.js';

const cleanAfterMs = 3_000;

/** The groups are others now. */
export function lookBack(state: DrainerState): void {
  if (state.formerLife === 'unread' && isAsked(state.turns)) void load(state);
  else state.cleaning ??= state.timers.after(cleanAfterMs, () => void clean(state)); // the first groups may not be all
}

/** Before the first group that keeps connections. Until it is done, tables of a former life stay as they are. */
async function load(state: DrainerState): Promise<void> {
  state.formerLife = 'reading';
  const older = await state.memory.load(state.begun);
  remember(state.turns.draining, older);
  state.formerLife = 'read';
  changed(state);
  noteThatItHolds(state);
}

/** Where no group keeps connections any more: what a former life left. */
async function clean(state: DrainerState): Promise<void> {
  if (state.over || state.formerLife !== 'unread') return;
  try {
    if (await state.memory.forget()) removeFormerTables(state.turns);
  } catch (error) {
    state.failed(error);
  }
}
