import { assert } from '../assert.js';
import { type Micros, never } from '../time.js';
import { type BfdState, bfdDiagnostic, bfdSourcePorts } from '../wire/bfd.js';
import type { Identity, Input, Output, Session, Step, Timing, TransitionReason } from './contract.js';
import { judgeSilence } from './detection.js';
import { hear, wantsFinal } from './hear.js';
import { negotiate, wantedTiming } from './poll.js';
import { detectAt, transmitAt } from './timers.js';
import { timingFaults } from './timing.js';
import { enter, quietly, unknownNeighbor } from './transitions.js';
import { controlPacket, sendPeriodic } from './transmit.js';

export type {
  Identity,
  Input,
  Neighbor,
  Output,
  Poll,
  Session,
  Step,
  Timing,
  TransitionReason,
} from './contract.js';

/*
 * One BFD session of RFC 5880 in asynchronous mode, over one hop (RFC 5881), in the active role. What the RFC does not have is marked +.
 *
 *   neighbour says      Down               Init      Up        AdminDown      nothing for the detection time
 *   in Down             Init               Up        Down      Down           Down, neighbour forgotten
 *   in Init             Init               Up        Up        Down           Down (1)
 *   in Up               Down (3)           Up        Up        Down (3)       Down (1)
 *   in AdminDown        heard, not followed: AdminDown (7) until admin-up     AdminDown, neighbour forgotten
 *
 *   a change of state   one packet at once; slow unless Up, then as configured, by a poll sequence (poll.ts)
 *   P is heard          one packet with F at once
 *   path-down+          Init and Up: Down (5)
 *   woken late+         'drain' or 'overslept' first (detection.ts)
 *
 * The numbers are bfd.LocalDiag. A neighbour that is never heard is no fault: the session stays Down, says so once a second, and tells
 * its client nothing.
 */

/** A session in Down, of which the first packet is due at once. Throws InvariantError on a value out of range. */
export function createSession(
  o: Identity & { readonly config: Timing; readonly now: Micros; readonly random: number },
): Session {
  assertIdentity(o);
  assertConfig(o.config);
  const state = 'Down';
  const advertised = wantedTiming({ config: o.config, state });
  return scheduled({
    localDiscriminator: o.localDiscriminator,
    sourcePort: o.sourcePort,
    config: o.config,
    state,
    diagnostic: bfdDiagnostic.none,
    since: o.now,
    deadline: never,
    advertised,
    inUse: advertised,
    poll: 'none',
    neighbor: unknownNeighbor,
    heardAt: -never,
    excusedAt: -never,
    sentAt: o.now - advertised.desiredMinTx,
    random: o.random,
  });
}

/**
 * Gives the session one input at the instant `now` and returns the next session with the outputs to perform in order.
 *
 * `now` is the driver's monotonic clock and never runs backwards between calls. Call with 'time' when `session.deadline` is reached;
 * calling early changes nothing, calling late sends once and judges nobody by what was not read. In one turn give the packets that
 * wait first, then 'time'.
 *
 * Throws InvariantError on a configuration out of range. Nothing a neighbour sends makes it throw.
 */
export function step(session: Session, input: Input, now: Micros): Step {
  const { session: moved, outputs } = dispatch(session, input, now);
  const settled = negotiate(moved);
  const sent = send(session.state, settled, input, now);
  return {
    session: scheduled(sent.session),
    outputs: sent.output ? [sent.output, ...outputs] : outputs,
  };
}

function dispatch(session: Session, input: Input, now: Micros): Step {
  switch (input.type) {
    case 'time':
      return judgeSilence(session, input.drainedAt, now);
    case 'packet':
      return hear(session, input.packet, input.at, now);
    case 'configure':
      assertConfig(input.config);
      return quietly({ ...session, config: input.config });
    case 'admin-down':
      return leave(session, ['Down', 'Init', 'Up'], 'AdminDown', 'admin-down', now);
    case 'admin-up':
      return leave(session, ['AdminDown'], 'Down', 'admin-up', now);
    case 'path-down':
      return leave(session, ['Init', 'Up'], 'Down', 'path-down', now);
  }
}

function leave(session: Session, from: readonly BfdState[], to: BfdState, reason: TransitionReason, now: Micros): Step {
  return from.includes(session.state) ? enter(session, to, reason, now) : quietly(session);
}

/** The one packet that a step may call for: the periodic one, an answer to a poll, or word of a change of state. */
function send(
  before: BfdState,
  session: Session,
  input: Input,
  now: Micros,
): { readonly session: Session; readonly output?: Output } {
  if (input.type === 'time' && now >= transmitAt(session)) {
    const { session: next, packet } = sendPeriodic(session, now, input.random);
    return { session: next, output: { type: 'send', packet } };
  }
  const final = input.type === 'packet' && wantsFinal(session, input.packet);
  const isNews = session.state !== before && session.neighbor.requiredMinRx !== 0;
  if (!final && !isNews) return { session };
  return { session, output: { type: 'send', packet: controlPacket(session, { final }) } };
}

function scheduled(session: Session): Session {
  return { ...session, deadline: Math.min(transmitAt(session), detectAt(session)) };
}

/** Throws unless what a driver chose for the session can be told apart from others. */
export function assertIdentity({ localDiscriminator, sourcePort }: Identity): void {
  assert(
    Number.isInteger(localDiscriminator) && localDiscriminator >= 1 && localDiscriminator <= 0xffff_ffff,
    `localDiscriminator must be 1..4294967295, it is ${localDiscriminator}`,
  );
  assert(
    Number.isInteger(sourcePort) && sourcePort >= bfdSourcePorts.first && sourcePort <= bfdSourcePorts.last,
    `sourcePort must be ${bfdSourcePorts.first}..${bfdSourcePorts.last}, it is ${sourcePort}`,
  );
}

function assertConfig(config: Timing): void {
  const [fault] = timingFaults(config);
  assert(fault === undefined, `${fault?.field} ${fault?.message}`);
}
