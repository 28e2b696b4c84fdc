import { type Micros, never } from '../time.js';
import type { Session, Step } from './contract.js';
import { detectAt, detectionTime } from './timers.js';
import { enter, quietly, unknownNeighbor } from './transitions.js';

/**
 * Judges the neighbour's silence at `now` (RFC 5880 6.8.4), and first whether it is one.
 *
 * Packets that came in time may wait unread when the thread was kept from running: then the driver is told to read them, and nothing is judged.
 * Later than one of the neighbour's intervals, packets may not even have been queued, as when the machine itself stood still; the
 * silence is then excused, but only once, so that a thread that is always late still finds a dead neighbour.
 *
 * @param drainedAt up to when the socket is known to have been read
 */
export function judgeSilence(session: Session, drainedAt: Micros, now: Micros): Step {
  const due = detectAt(session);
  if (now < due) return quietly(session);
  const lateness = now - due;
  if (drainedAt < due) return { session, outputs: [{ type: 'drain', lateness }] };
  const isExcused = session.excusedAt !== -never;
  if (!isExcused && lateness > detectionTime(session) / session.neighbor.detectMult) {
    return { session: { ...session, excusedAt: now }, outputs: [{ type: 'overslept', lateness }] };
  }
  const isWatched = session.state === 'Init' || session.state === 'Up';
  const { session: next, outputs } = isWatched
    ? enter(session, 'Down', 'detection-time-expired', now)
    : quietly(session);
  return { session: { ...next, neighbor: unknownNeighbor }, outputs };
}
