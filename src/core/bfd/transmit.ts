import type { Micros } from '../time.js';
import type { ControlPacket } from '../wire/bfd.js';
import type { Session } from './contract.js';

/** What a session says now (RFC 5880 6.8.7). Neither Demand mode nor echoes are offered; the C bit is 0, since BFD ends with the agent. */
export function controlPacket(
  session: Session,
  bits: { readonly poll?: boolean; readonly final?: boolean } = {},
): ControlPacket {
  const { advertised, neighbor } = session;
  return {
    diagnostic: session.diagnostic,
    state: session.state,
    poll: bits.poll ?? false,
    final: bits.final ?? false,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: advertised.detectMult,
    myDiscriminator: session.localDiscriminator,
    yourDiscriminator: neighbor.discriminator,
    desiredMinTx: advertised.desiredMinTx,
    requiredMinRx: advertised.requiredMinRx,
    requiredMinEchoRx: 0,
  };
}

/** The periodic packet of `now`: the only kind that polls (RFC 5880 6.5). */
export function sendPeriodic(
  session: Session,
  now: Micros,
  random: number,
): { session: Session; packet: ControlPacket } {
  const isPolling = session.poll === 'due' || session.poll === 'sent';
  const packet = controlPacket(session, { poll: isPolling });
  return { session: { ...session, poll: isPolling ? 'sent' : session.poll, sentAt: now, random }, packet };
}
