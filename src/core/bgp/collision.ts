import type { Micros } from '../time.js';
import { notificationOf } from '../wire/bgp/notification.js';
import { asNumberOf, type Open } from '../wire/bgp/open.js';
import { dropFor, replace } from './closing.js';
import type { Connection, PeerConfig, Session, Step } from './contract.js';
import { restartsWith } from './negotiation.js';
import { andThen, connectionOf, establishedOf, quietly } from './steps.js';

/**
 * Decides between connections with the same peer when its OPEN comes on one of them (RFC 4271 6.8). The other one's identifier
 * need not have come: it is the same peer, so both sides decide alike, whichever OPEN is read first.
 *
 * - One is Established: it is kept. But a peer that keeps routes over a restart has restarted, and so that one is gone,
 *   though nobody said so (RFC 4724 5; there the new connection alone is enough, here its OPEN is waited for, since anybody can connect).
 * - Else the one that the higher identifier has made is kept; of equal ones, in two AS, the higher AS (RFC 6286 2.3).
 */
export function collide(session: Session, arriving: Connection, open: Open, now: Micros): Step {
  const established = establishedOf(session);
  if (established) {
    return restartsWith(established.peerOpen!)
      ? replace(session, established, now)
      : dropFor(session, arriving, collision);
  }
  const kept = isHigher(session.config, open) ? 'outgoing' : 'incoming';
  const others = session.connections.filter(({ number, phase }) => number !== arriving.number && phase !== 'Connect');
  return others.reduce<Step>(
    (step, other) =>
      andThen(step, (left) => {
        if (!connectionOf(left, arriving.number)) return quietly(left);
        return dropFor(left, arriving.direction === kept ? other : arriving, collision);
      }),
    quietly(session),
  );
}

function isHigher({ identifier, localAs }: PeerConfig, open: Open): boolean {
  return identifier === open.identifier ? localAs > asNumberOf(open) : identifier > open.identifier;
}

/** Ends what is left beside the connection that is Established now. */
export function keepOnly(session: Session, kept: Connection): Step {
  return session.connections
    .filter(({ number }) => number !== kept.number)
    .reduce<Step>((step, other) => andThen(step, (left) => dropFor(left, other, collision)), quietly(session));
}

const collision = notificationOf('connection-collision');
