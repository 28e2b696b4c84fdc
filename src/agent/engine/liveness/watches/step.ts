/** Gives a watch what was heard, or that time passed, and does or returns what it puts out. */
import { isAnswerTo, isUnasked } from '../../../../core/bfd/seamless.js';
import { isDoubted, stepWatch, type WatchInput } from '../../../../core/liveness/watch.js';
import type { Micros } from '../../../../core/time.js';
import { decodeControlPacket } from '../../../../core/wire/bfd-checks.js';
import { equalOctets } from '../../../../core/wire/octets.js';
import type { ReceivedDatagram } from '../../../../platform/linux/datagram-socket.js';
import { none } from '../../answering/contract.js';
import type { Member } from '../../election/member.js';
import { bestSuccessor } from '../../election/succession.js';
import type { LivenessEffect } from '../effects.js';
import { follows } from './lifetime.js';
import { ask, attendAnswers } from './questions.js';
import type { Watched, WatchesState } from './state.js';

/** Only the passing of time asks for something. */
export function give(w: WatchesState, watched: Watched, input: WatchInput, now: Micros): readonly LivenessEffect[] {
  const before = watched.watch.standing;
  const { watch, output } = stepWatch(watched.watch, input, now);
  watched.watch = watch;
  if (watch.standing !== before) {
    w.count(`liveness_peers_${watch.standing}`);
    attendAnswers(watched);
  }
  switch (output) {
    case undefined:
      return none;
    case 'ask':
      ask(w, watched, now);
      // With fast detection an answer is late now and then, and the verdict comes at once.
      if (watched.demand.patient && isDoubted(watch)) w.doubts(watched.nic.index, watched.source);
      return none;
    case 'drain':
      return [{ type: 'read-adverts' }, { type: 'judge-peer', peer: watched.key }];
    case 'lost':
      return [...watched.members]
        .filter((member) => follows(w, member, watched))
        .map((member) => lost(w, member, watched));
  }
}

function lost({ count }: WatchesState, member: Member, { source, demand }: Watched): LivenessEffect {
  const { spread, patient } = demand;
  count('liveness_leaders_lost');
  const best = bestSuccessor(member.config, source);
  return { type: 'input', member, input: { type: 'peer-lost', source, spread, best, patient } };
}

/** A datagram on the socket that it is asked on. */
export function hear(w: WatchesState, watched: Watched, { payload, at }: ReceivedDatagram): void {
  const refusal = equalOctets(payload, watched.lastAnswer.octets) ? undefined : refusalOf(payload, watched);
  if (refusal !== undefined) w.drop(refusal);
  else give(w, watched, { type: 'answer', at, unasked: watched.lastAnswer.unasked }, w.kernel.now());
}

function refusalOf(payload: Uint8Array, watched: Watched): string | undefined {
  const decoded = decodeControlPacket(payload);
  if (!decoded.ok) return decoded.reason;
  if (!isAnswerTo(decoded.packet, watched.asker)) return 'no-answer';
  watched.lastAnswer = { octets: payload.slice(), unasked: isUnasked(decoded.packet) };
  return undefined;
}
