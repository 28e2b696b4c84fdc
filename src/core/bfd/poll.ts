/**
 * Poll sequences (RFC 5880 6.5): a change of timing is asked for with the P bit and is in force once the neighbour has answered with F.
 * Until then the more careful of the old and the new value is kept to, so that neither side waits for less than the other sends (6.8.3).
 */
import type { Output, Session, Timing } from './contract.js';
import { slowInterval } from './timers.js';
import { sameTiming } from './timing.js';

/** What our packets should say: what is configured, but nothing fast while the session is not Up. */
export function wantedTiming({ config, state }: Pick<Session, 'config' | 'state'>): Timing {
  if (state === 'Up' || config.desiredMinTx >= slowInterval) return config;
  return { ...config, desiredMinTx: slowInterval };
}

/**
 * Begins to ask for what is wanted, unless it is advertised already. A session that is Up waits until the poll before is over, so that it is
 * clear what a Final answers; one that is not has nothing to lose by it, and must be slow at once.
 */
export function negotiate(session: Session): Session {
  const advertised = wantedTiming(session);
  const isUp = session.state === 'Up';
  const isSame = sameTiming(session.advertised, advertised);
  if (!isUp) {
    const poll = isSame ? session.poll : 'due';
    return { ...session, advertised, inUse: advertised, poll };
  }
  if (isSame || session.poll === 'sent' || session.poll === 'settling') return session;
  const inUse = {
    desiredMinTx: Math.min(session.inUse.desiredMinTx, advertised.desiredMinTx),
    requiredMinRx: Math.max(session.inUse.requiredMinRx, advertised.requiredMinRx),
    detectMult: Math.min(session.inUse.detectMult, advertised.detectMult),
  };
  return { ...session, advertised, inUse, poll: 'due' };
}

/** What the F bit of a received packet, set or not, means to our own poll sequence. */
export function hearFinal(
  session: Session,
  final: boolean,
): { readonly session: Session; readonly outputs: readonly Output[] } {
  const { poll, advertised } = session;
  if (final && poll === 'sent') {
    return {
      session: { ...session, inUse: advertised, poll: 'settling' },
      outputs: [{ type: 'timing-agreed', timing: advertised }],
    };
  }
  const isSettled = !final && poll === 'settling';
  return { session: isSettled ? { ...session, poll: 'none' } : session, outputs: [] };
}
