/**
 * Seamless BFD (RFC 7880, RFC 7881): one host asks, the other answers each question by itself and remembers nothing. An answer proves that
 * the program behind the port lives, not only its kernel.
 */
import type { Micros } from '../time.js';
import { bfdDiagnostic, type ControlPacket } from '../wire/bfd.js';

/** The port that questions are sent to, and answers come from (RFC 7881 3). */
export const seamlessPort = 7784;

/**
 * The discriminator of whoever answers at an address. RFC 7880 leaves open how others know it: here it follows from the address. Of IPv4 it
 * is the address itself, as is usual; of IPv6 a hash (FNV-1a) of it. Never 0.
 */
export function reflectorDiscriminator(address: Uint8Array): number {
  if (address.length === 4)
    return ((address[0]! << 24) | (address[1]! << 16) | (address[2]! << 8) | address[3]!) >>> 0 || 1;
  let hash = 0x811c9dc5;
  for (const byte of address) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0 || 1;
}

/**
 * A question, from who sends one each `interval` (RFC 7880 7.3). The D bit is what tells it from an answer.
 *
 * One that wants more answers than one, to come unasked each `interval`, says so where a session says how often it can be sent echoes. Seamless
 * BFD has no echoes: others leave the field unread, and answer once.
 */
export function question(o: {
  readonly myDiscriminator: number;
  readonly reflector: number;
  readonly interval: Micros;
  readonly detectMult: number;
  readonly wantsStream: boolean;
}): ControlPacket {
  return {
    diagnostic: bfdDiagnostic.none,
    state: 'Up',
    poll: true,
    final: false,
    controlPlaneIndependent: false,
    demand: true,
    detectMult: o.detectMult,
    myDiscriminator: o.myDiscriminator,
    yourDiscriminator: o.reflector,
    desiredMinTx: o.interval,
    requiredMinRx: o.interval,
    requiredMinEchoRx: o.wantsStream ? o.interval : 0,
  };
}

/** Why something that came to the port is not answered. */
export type QuestionDrop =
  /** It is an answer, or a packet of a session: whoever answered it might be answered. */
  | 'no-question'
  /** It is for another host. */
  | 'other-reflector';

export interface Answered {
  readonly ok: true;
  readonly answer: ControlPacket;
  /** At which further ones are wanted; 0: none are. */
  readonly streamInterval: Micros;
}

/**
 * The answer to a question (RFC 7880 7.2), or why there is none.
 *
 * @param reflector our discriminator at the address that was asked
 * @param requiredMinRx how often we can be asked
 */
export function answerTo(
  {
    poll,
    demand,
    detectMult,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTx,
    requiredMinEchoRx: streamInterval,
  }: ControlPacket,
  reflector: number,
  requiredMinRx: Micros,
): Answered | { readonly ok: false; readonly reason: QuestionDrop } {
  if (!demand) return { ok: false, reason: 'no-question' };
  if (yourDiscriminator !== reflector) return { ok: false, reason: 'other-reflector' };
  const answer: ControlPacket = {
    diagnostic: bfdDiagnostic.none,
    state: 'Up',
    poll: false,
    final: poll,
    controlPlaneIndependent: false,
    demand: false,
    detectMult,
    myDiscriminator: reflector,
    yourDiscriminator: myDiscriminator,
    desiredMinTx,
    requiredMinRx,
    requiredMinEchoRx: 0,
  };
  return { ok: true, answer, streamInterval };
}

/** An answer as it comes unasked. It ends no poll: that it has no F bit is what tells it from one that was asked for. */
export function unaskedOf(answer: ControlPacket): ControlPacket {
  return { ...answer, final: false };
}

export function isUnasked({ final }: ControlPacket): boolean {
  return !final;
}

/** Whether a packet is the answer to a question of that asker. */
export function isAnswerTo(
  packet: ControlPacket,
  asker: { readonly myDiscriminator: number; readonly reflector: number },
): boolean {
  return (
    !packet.demand &&
    packet.state === 'Up' &&
    packet.yourDiscriminator === asker.myDiscriminator &&
    packet.myDiscriminator === asker.reflector
  );
}
