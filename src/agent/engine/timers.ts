/** The deadlines of the virtual routers. */
import { type Micros, never } from '../../core/time.js';
import type { Member } from './election/member.js';
import { addLateness } from './lateness.js';
import { give, perform, readAdverts } from './perform.js';
import type { EngineState } from './state.js';

/** A deadline missed by less is not worth asking the routers about: it is under half of the shortest advert interval. */
const unnoticed: Micros = 5_000;
/**
 * An advert that is due so soon after another goes out in its turn, since a turn costs more than an advert: 1/64 of the interval. It does so
 * each time, so peers hear adverts at the interval that they expect, and Backups wait for more than three of them. Not at intervals so
 * short that this would not be worth a timer.
 */
const togetherWithin = { share: 1 / 64, atMost: 4_000, from: 100_000 } as const;
/** A router judges by frames that were waiting so long ago; what came later is read first. */
const freshFor: Micros = 1_000;

/** Has the thread slept past its peers' patience? Then leaders let go before anything else is done. */
export function fence(e: EngineState, now: Micros): void {
  if (now - e.routersDueAt <= unnoticed) return;
  const { onNic } = e.parts;
  let slept = false;
  for (const member of e.members.values()) {
    const due = dueAt(member);
    const lateness = now - due;
    if (lateness <= unnoticed) continue;
    slept = true;
    give(e, member, { type: 'slept', lateness }, now);
    if (dueAt(member) !== due) e.lateness = addLateness(e.lateness, lateness);
  }
  while (slept && onNic.removing()) perform(e, onNic.work(now), now);
}

/**
 * Steps the routers whose deadlines have passed, each with the clock read anew: one that is stepped late because the thread was stopped
 * just now fences itself. What came before a deadline counts before it: after a step of the turn that took long, or a long stop, frames
 * may wait that nobody has polled for.
 *
 * @param polledAt when it was asked which NICs are readable
 */
export function runTimers(e: EngineState, polledAt: Micros): void {
  if (e.routersDueAt > e.kernel.now() + togetherWithin.atMost) return;
  e.routersMoved = true;
  let heardAt = polledAt;
  for (const member of e.members.values()) {
    if (dueAt(member) > e.kernel.now() + earliness(member)) continue;
    if (e.kernel.now() - heardAt > freshFor) {
      heardAt = e.kernel.now();
      readAdverts(e);
    }
    const due = dueAt(member);
    const now = e.kernel.now();
    if (due > now + earliness(member)) continue;
    give(e, member, { type: 'time' }, Math.max(now, due));
    e.lateness = addLateness(e.lateness, Math.max(e.kernel.now() - due, 0));
  }
}

/** When the first of the routers is due. */
export function routersDueAt(e: EngineState): Micros {
  if (!e.routersMoved) return e.routersDueAt;
  let at = never;
  for (const member of e.members.values()) at = Math.min(at, dueAt(member));
  e.routersDueAt = at;
  e.routersMoved = false;
  return at;
}

/** Only adverts may be early: a Backup that takes over before its time would be a second leader. */
function earliness({ phase: { binding } }: Member): Micros {
  if (binding?.router.state !== 'Active' || binding.router.leaving !== undefined) return 0;
  const interval = binding.router.config.advertisementInterval;
  return interval < togetherWithin.from ? 0 : Math.min(interval * togetherWithin.share, togetherWithin.atMost);
}

function dueAt({ phase }: Member): Micros {
  return phase.binding?.router.deadline ?? never;
}
