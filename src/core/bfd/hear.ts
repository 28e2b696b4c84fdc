import type { Micros } from '../time.js';
import { never } from '../time.js';
import type { BfdState, ControlPacket } from '../wire/bfd.js';
import type { Session, Step, TransitionReason } from './contract.js';
import { hearFinal } from './poll.js';
import { enter, quietly } from './transitions.js';

type Move = readonly [to: BfdState, reason: TransitionReason];

/** The state machine of RFC 5880 6.8.6: own state, then the neighbour's. What is not there stays as it is. */
const moves: Readonly<Record<BfdState, Partial<Record<BfdState, Move>>>> = {
  AdminDown: {},
  Down: { Down: ['Init', 'handshake'], Init: ['Up', 'handshake'] },
  Init: { AdminDown: ['Down', 'neighbor-admin-down'], Init: ['Up', 'handshake'], Up: ['Up', 'handshake'] },
  Up: { AdminDown: ['Down', 'neighbor-admin-down'], Down: ['Down', 'neighbor-down'] },
};

/** A packet of the neighbour that the kernel took in at `at`: RFC 5880 6.8.6, from the choice of the session on. */
export function hear(session: Session, packet: ControlPacket, at: Micros, now: Micros): Step {
  const settled = hearFinal(learn(session, packet, Math.min(at, now)), packet.final);
  const move = moves[session.state][packet.state];
  const moved = move ? enter(settled.session, move[0], reasonOf(move, session, packet), now) : quietly(settled.session);
  return { session: moved.session, outputs: [...settled.outputs, ...moved.outputs] };
}

function reasonOf([, reason]: Move, { neighbor }: Session, { myDiscriminator }: ControlPacket): TransitionReason {
  return reason === 'neighbor-down' && myDiscriminator !== neighbor.discriminator ? 'neighbor-restarted' : reason;
}

/** Whether a packet asks for a Final. One that is switched off answers nothing (RFC 5880 6.8.6). */
export function wantsFinal({ state }: Session, packet: ControlPacket): boolean {
  return packet.poll && state !== 'AdminDown';
}

/**
 * What the packet says of the neighbour. Also in AdminDown, in which RFC 5880 6.8.6 does not count it as received: so the neighbour is
 * known by its discriminator for as long as it is heard.
 */
function learn(session: Session, packet: ControlPacket, at: Micros): Session {
  const { state, diagnostic, demand, desiredMinTx, requiredMinRx, detectMult } = packet;
  return {
    ...session,
    neighbor: {
      discriminator: packet.myDiscriminator,
      state,
      diagnostic,
      demand,
      desiredMinTx,
      requiredMinRx,
      detectMult,
    },
    heardAt: Math.max(session.heardAt, at),
    excusedAt: -never,
  };
}
