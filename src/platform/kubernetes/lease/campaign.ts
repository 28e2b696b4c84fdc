import { claim, endMs, type Lease, observe } from '../lease-record.js';
import { look, write } from './requests.js';
import { type ElectionState, isTaken } from './state.js';
import { lose, renewed } from './term.js';

/** Owns: trying to take the Lease and to keep it, again and again. */

const otherHolds = 'another candidate holds it';

/** Candidates spread their tries over [1, 1 + this] retry periods, as client-go's JitterFactor. */
const jitterFactor = 1.2;

/** And over so many milliseconds once the claim of another has run out. */
const spreadMs = 200;

/** Resolves once the election is over and no try is under way; never rejects. */
export async function campaign(state: ElectionState): Promise<void> {
  const { clock, ending, log, fields } = state;
  let failing = false;
  while (!ending.signal.aborted) {
    const startedMs = clock.now();
    try {
      const ours = await attempt(state);
      failing = false;
      if (ending.signal.aborted) break;
      if (ours) renewed(state, startedMs);
      else if (state.leading) lose(state, otherHolds);
    } catch (error) {
      if (!failing && !ending.signal.aborted)
        log?.warn('cannot read or write the lease, retrying', { ...fields, error: String(error) });
      failing = true;
    }
    await rest(state, untilNextMs(state));
  }
}

function untilNextMs(state: ElectionState): number {
  const { clock, leading, retryPeriodMs, observed } = state;
  if (leading) return retryPeriodMs;
  const retryMs = retryPeriodMs * (1 + clock.random() * jitterFactor);
  if (observed === undefined || !isTaken(state)) return retryMs;
  return Math.min(retryMs, endMs(observed) - clock.now() + clock.random() * spreadMs);
}

/** The Lease was seen to change, or to go. @param history of the store that it is from */
export function seen(state: ElectionState, lease: Lease | undefined, history: number): void {
  // In a store that has gone back in time what was seen before is no newer than what is seen now.
  if (history !== state.history) state.observed = undefined;
  state.history = history;
  state.observed = lease && observe(state.observed, lease, state.clock.now());
  const held = isTaken(state);
  if (held && state.leading) lose(state, otherHolds);
  // Not on our own renewals: each would call for the next.
  else if (!held && !state.leading) state.wake();
}

/** One try to take or keep the lease. */
async function attempt(state: ElectionState): Promise<boolean> {
  const { identity, leaseDurationMs, clock, ending } = state;
  // A leader knows what it wrote last; should that be wrong, it reads and tries once more.
  for (let fresh = state.leading === undefined; ; fresh = true) {
    if (fresh) await look(state);
    if (isTaken(state)) return false;
    const spec = claim(state.observed?.lease.spec, identity, leaseDurationMs, clock.wall());
    if (await write(state, spec, ending.signal)) return true;
    if (fresh) return false;
  }
}

function rest(state: ElectionState, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      resolve();
    };
    const cancel = state.clock.after(ms, done);
    state.wake = done;
    if (state.ending.signal.aborted) done();
  });
}
