/** The deadlines of the virtual routers. */
import { type Micros, never } from '../../core/time.js';
import { give } from './drive.js';
import type { Member } from './election/member.js';
import { addLateness } from './lateness.js';
import type { EngineState } from './state.js';

/** A deadline missed by less is not worth asking the routers about: it is under half of the shortest advert interval. */
const unnoticed: Micros = 5_000;
/**
 * An advert that is due within this share of its interval goes out in the turn of one that is due before it, for a turn costs more than an
 * advert. Peers wait for more than three intervals and a Skew Time of no less than 1/128 of one.
 */
const early = { shareOfInterval: 1 / 1000, atMost: 250 } as const;
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

/** What waits on any NIC, whether or not somebody has polled for it. */
export function readAdverts(e: EngineState): void {
  for (const nic of e.parts.nics.all()) nic.readable = true;
  receiveAdverts(e);
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
    if (dueAt(member) > e.kernel.now() + mayBeEarly(member)) continue;
    if (e.kernel.now() - heardAt > freshFor) {
      heardAt = e.kernel.now();
      readAdverts(e);
    }
    const due = dueAt(member);
    const now = e.kernel.now();
    if (due > now + mayBeEarly(member)) continue;
    give(e, member, { type: 'time' }, Math.max(now, due));
    e.lateness = addLateness(e.lateness, Math.max(e.kernel.now() - due, 0));
  }
}

/** Only adverts may be early: a Backup that takes over before its time would be a second leader. */
function mayBeEarly({ phase: { binding } }: Member): Micros {
  if (binding?.router.state !== 'Active') return 0;
  return Math.min(binding.router.config.advertisementInterval * early.shareOfInterval, early.atMost);
}

function dueAt({ phase }: Member): Micros {
  return phase.binding?.router.deadline ?? never;
}
