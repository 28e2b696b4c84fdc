/** The deadlines of the virtual routers. */
import { type Micros, never } from '../../core/time.js';
import { give } from './drive.js';
import type { Member } from './election/member.js';
import { addLateness } from './lateness.js';
import type { EngineState } from './state.js';

/** A deadline missed by less is not worth asking the routers about: it is under half of the shortest advert interval. */
const unnoticed: Micros = 5_000;
/** A router judges by frames that were waiting so long ago; what came later is read first. */
const freshFor: Micros = 1_000;

/** Has the thread slept past its peers' patience? Then leaders let go before anything else is done. */
export function fence(e: EngineState, now: Micros): void {
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
  while (slept && onNic.removing()) onNic.work(now);
}

/** What waits on NICs that were found readable. */
export function receiveAdverts({ kernel, parts }: EngineState): void {
  const now = kernel.now();
  for (const nic of parts.nics.all()) parts.receiver.drain(nic, now);
}

/**
 * Steps the routers whose deadlines have passed, each with the clock read anew: one that is stepped late because the thread was stopped
 * just now fences itself. What came before a deadline counts before it: after a step of the turn that took long, or a long stop, frames
 * may wait that nobody has polled for.
 *
 * @param polledAt when it was asked which NICs are readable
 */
export function runTimers(e: EngineState, polledAt: Micros): void {
  let heardAt = polledAt;
  for (const member of e.members.values()) {
    if (dueAt(member) > e.kernel.now()) continue;
    if (e.kernel.now() - heardAt > freshFor) {
      heardAt = e.kernel.now();
      for (const nic of e.parts.nics.all()) nic.readable = true;
      receiveAdverts(e);
    }
    const due = dueAt(member);
    const now = e.kernel.now();
    if (due > now) continue;
    give(e, member, { type: 'time' }, now);
    e.lateness = addLateness(e.lateness, e.kernel.now() - due);
  }
}

function dueAt({ phase }: Member): Micros {
  return phase.binding?.router.deadline ?? never;
}
