import type { Micros } from '../time.js';
import { type BfdState, bfdDiagnostic } from '../wire/bfd.js';
import type { Neighbor, Session, Step, TransitionReason } from './contract.js';

/**
 * What bfd.LocalDiag becomes with each reason (RFC 5880 4.1). It is why the state was last changed, so going up makes it 0, which
 * 6.8.6 does not say.
 */
const diagnosticOf: Readonly<Record<TransitionReason, number>> = {
  handshake: bfdDiagnostic.none,
  'detection-time-expired': bfdDiagnostic.detectionTimeExpired,
  'neighbor-down': bfdDiagnostic.neighborSignaledDown,
  'neighbor-restarted': bfdDiagnostic.neighborSignaledDown,
  'neighbor-admin-down': bfdDiagnostic.neighborSignaledDown,
  'path-down': bfdDiagnostic.pathDown,
  'admin-down': bfdDiagnostic.administrativelyDown,
  'admin-up': bfdDiagnostic.none,
};

/** The neighbour before it is heard, and after it was not for its detection time (RFC 5880 6.8.1). It may be sent to. */
export const unknownNeighbor: Neighbor = {
  discriminator: 0,
  state: 'Down',
  diagnostic: bfdDiagnostic.none,
  demand: false,
  desiredMinTx: 0,
  requiredMinRx: 1,
  detectMult: 0,
};

/** A step in which nothing is done. */
export function quietly(session: Session): Step {
  return { session, outputs: [] };
}

/** Another state, for a reason. */
export function enter(session: Session, to: BfdState, reason: TransitionReason, now: Micros): Step {
  const { state: from, neighbor } = session;
  const diagnostic = diagnosticOf[reason];
  return {
    session: { ...session, state: to, diagnostic, since: now },
    outputs: [{ type: 'transition', from, to, reason, diagnostic, neighborDiagnostic: neighbor.diagnostic }],
  };
}
