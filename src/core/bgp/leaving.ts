import { type Micros, never } from '../time.js';
import { ceaseWithText, type Notification, notificationOf } from '../wire/bgp/notification.js';
import { advertise } from './advertising.js';
import { closeAll } from './closing.js';
import type { Leave, Session, Step } from './contract.js';
import { andThen, establishedOf, putOut, quietly } from './steps.js';
import { backOff, withdrawalTimeout } from './timers.js';

/** Leaves for good, at once. */
export function leave(session: Session, how: Leave, now: Micros): Step {
  const { session: left, outputs } = closeAll(session, farewell(how), now);
  const stopped: Session = { ...left, life: 'stopped', retryAt: never, held: false, failures: 0, draining: undefined };
  return putOut({ session: stopped, outputs }, { type: 'released' });
}

/**
 * Begins to leave so that no packet is lost: routers that know RFC 8326 stop using our routes while they still work. A
 * session that is not Established has nothing to lose.
 */
export function drain(session: Session, text: string, wait: Micros, now: Micros, chance: number): Step {
  if (session.draining) return quietly(session);
  if (!establishedOf(session)) return leave(session, { how: 'shutdown', text }, now);
  const draining = { stage: 'graceful-shutdown', text, until: now + wait } as const;
  return advertise({ ...session, draining }, true, now, chance);
}

/** Goes on leaving: the routes are withdrawn when the wait is over, and when that has left, or does not, so do we. */
export function goOnDraining(session: Session, now: Micros, chance: number): Step {
  const { draining } = session;
  if (!draining) return quietly(session);
  const connection = establishedOf(session);
  const { stage, text, until } = draining;
  const gone = !connection || (stage === 'withdrawn' && (connection.queued === 0 || now >= until));
  if (gone) return leave(session, { how: 'shutdown', text }, now);
  if (stage === 'withdrawn' || now < until) return quietly(session);
  const withdrawn = { stage: 'withdrawn', text, until: now + withdrawalTimeout } as const;
  return andThen(advertise({ ...session, draining: withdrawn }, true, now, chance), (left) =>
    goOnDraining(left, now, chance),
  );
}

/** Ends what stands and begins anew soon, with all capabilities. */
export function reset(session: Session, text: string, now: Micros, chance: number): Step {
  const { session: left, outputs } = closeAll(session, ceaseWithText('administrative-reset', text), now);
  const retryAt = now + backOff(1, session.config.longestBackOff, chance);
  return { session: { ...left, failures: 0, withheld: [], held: true, retryAt }, outputs };
}

function farewell(leave: Leave): Notification | undefined {
  switch (leave.how) {
    case 'shutdown':
      return ceaseWithText('administrative-shutdown', leave.text);
    case 'deconfigured':
      return notificationOf('deconfigured');
    case 'reconfigured':
      return notificationOf('other-configuration-change');
    case 'restart':
      return undefined;
  }
}
