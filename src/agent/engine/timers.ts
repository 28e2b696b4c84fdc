/** The deadlines of the virtual routers. */
import { type Micros, never } from '../../core/time.js';
import { give } from './drive.js';
import type { EngineState } from './state.js';

/** A deadline missed by less is not worth asking the routers about: it is under half of the shortest advert interval. */
const unnoticed: Micros = 5_000;

/** Has the thread slept past its peers' patience? Then leaders let go before anything else is done. */
export function fence(e: EngineState, now: Micros): void {
  const { onNic } = e.parts;
  let slept = false;
  for (const member of e.members.values()) {
    const lateness = now - (member.binding?.router.deadline ?? never);
    e.worstLateness = Math.max(e.worstLateness, lateness);
    if (lateness <= unnoticed) continue;
    slept = true;
    give(e, member, { type: 'slept', lateness }, now);
  }
  while (slept && onNic.removing()) onNic.work(now);
}

/** Each with the clock read anew: a router that is stepped late because the thread was stopped just now fences itself. */
export function runTimers(e: EngineState): void {
  for (const member of e.members.values()) {
    const now = e.kernel.now();
    if ((member.binding?.router.deadline ?? never) <= now) give(e, member, { type: 'time' }, now);
  }
}
