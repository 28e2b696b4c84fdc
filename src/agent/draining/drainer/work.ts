/** When the drainer's next turn is. */
import { type Micros, never } from '../../../core/time.js';
import { turn } from '../turn.js';
import { saveSoon } from './save.js';
import { attempt, type DrainerState } from './state.js';
import { tell } from './tell.js';

const retryAfter: Micros = 1_000_000;

/** Something has changed that tables depend on. */
export function changed(state: DrainerState): void {
  state.turns.dirty = true;
  workIn(state, 0);
  saveSoon(state);
}

export function workIn(state: DrainerState, wait: Micros): void {
  state.working?.();
  if (!state.over) state.working = state.timers.after(Math.max(wait / 1_000, 0), () => work(state));
}

function work(state: DrainerState): void {
  const { kernel, turns } = state;
  if (state.formerLife === 'reading') return;
  const next = attempt(state, () => turn(turns)) ?? kernel.now() + retryAfter;
  attempt(state, () => tell(state));
  if (next !== never) workIn(state, next - kernel.now());
}
