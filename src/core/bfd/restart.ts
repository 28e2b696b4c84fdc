/**
 * A planned restart of the program (RFC 5882 4.3.2.2): before it the neighbour is asked to wait for longer, after it the same session goes on.
 *
 *   'configure' with `restartTiming`  ->  'timing-agreed' with it  ->  `checkpointOf`, exit within `neighborPatience`
 *   ->  `resumeSession`: Up, with the same discriminators; a packet at once, and the usual timing again by a poll
 */
import { assert } from '../assert.js';
import { type Micros, never } from '../time.js';
import { bfdDiagnostic, bfdSourcePorts } from '../wire/bfd.js';
import type { Identity, Neighbor, Session, Timing } from './contract.js';
import { negotiate } from './poll.js';
import { detectAt, transmitAt, transmitInterval } from './timers.js';
import { longestInterval, timingFaults } from './timing.js';

/** What a session leaves to the next life of the program. Plain data, fit for JSON; `checkpointFault` judges what is read back. */
export interface Checkpoint extends Identity {
  readonly neighborDiscriminator: number;
  /** What both sides have agreed on. */
  readonly advertised: Timing;
  /** What the neighbour last said. */
  readonly neighborTiming: Timing;
}

/** A timing by which the neighbour waits for `silence` at least; undefined when no interval is that long. */
export function restartTiming(config: Timing, silence: Micros): Timing | undefined {
  const desiredMinTx = Math.max(config.desiredMinTx, Math.ceil(silence / config.detectMult));
  return desiredMinTx > longestInterval ? undefined : { ...config, desiredMinTx };
}

/** What to keep of a session; undefined when there is nothing to go on with: it is not Up, or its neighbour has not agreed to its timing yet. */
export function checkpointOf(session: Session): Checkpoint | undefined {
  const { state, poll, neighbor, advertised, localDiscriminator, sourcePort } = session;
  if (state !== 'Up' || neighbor.state !== 'Up' || poll === 'due' || poll === 'sent') return undefined;
  const { discriminator: neighborDiscriminator, desiredMinTx, requiredMinRx, detectMult } = neighbor;
  const neighborTiming = { desiredMinTx, requiredMinRx, detectMult };
  return { localDiscriminator, sourcePort, neighborDiscriminator, advertised, neighborTiming };
}

/** What is wrong with a checkpoint of which only the shape was checked: the field, and what is allowed; undefined when it can be used. */
export function checkpointFault(checkpoint: Checkpoint): string | undefined {
  const { advertised, neighborTiming } = checkpoint;
  const ranges: readonly (readonly [field: string, value: number, first: number, last: number])[] = [
    ['localDiscriminator', checkpoint.localDiscriminator, 1, 0xffff_ffff],
    ['sourcePort', checkpoint.sourcePort, bfdSourcePorts.first, bfdSourcePorts.last],
    ['neighborDiscriminator', checkpoint.neighborDiscriminator, 1, 0xffff_ffff],
    ['neighborTiming.desiredMinTx', neighborTiming.desiredMinTx, 0, 0xffff_ffff],
    ['neighborTiming.requiredMinRx', neighborTiming.requiredMinRx, 0, 0xffff_ffff],
    ['neighborTiming.detectMult', neighborTiming.detectMult, 1, 255],
  ];
  for (const [field, value, first, last] of ranges) {
    const isWithin = Number.isInteger(value) && value >= first && value <= last;
    if (!isWithin) return `${field} ${value} is not a whole number of ${first} to ${last}`;
  }
  const [fault] = timingFaults(advertised);
  return fault && `advertised.${fault.field} ${fault.message}`;
}

/**
 * The session of a checkpoint, Up as it was, its next packet due at once. Whether the neighbour waited shows by itself: it says Down, or
 * nothing for the detection time from now on.
 *
 * @param config the usual timing, to be agreed on anew
 * @throws InvariantError unless `checkpointFault` and `timingFaults` find nothing
 */
export function resumeSession(o: {
  readonly checkpoint: Checkpoint;
  readonly config: Timing;
  readonly now: Micros;
  readonly random: number;
}): Session {
  const { checkpoint, config, now, random } = o;
  const fault = checkpointFault(checkpoint) ?? timingFaults(config)[0]?.message;
  assert(fault === undefined, `a checkpoint or timing that cannot be used: ${fault}`);
  const { localDiscriminator, sourcePort, neighborDiscriminator, advertised, neighborTiming } = checkpoint;
  const neighbor: Neighbor = {
    ...neighborTiming,
    discriminator: neighborDiscriminator,
    state: 'Up',
    diagnostic: bfdDiagnostic.none,
    demand: false,
  };
  const resumed: Session = negotiate({
    localDiscriminator,
    sourcePort,
    config,
    state: 'Up',
    diagnostic: bfdDiagnostic.none,
    since: now,
    deadline: never,
    advertised,
    inUse: advertised,
    poll: 'none',
    neighbor,
    heardAt: now,
    excusedAt: -never,
    sentAt: -never,
    random,
  });
  const due: Session = { ...resumed, sentAt: now - transmitInterval(resumed) };
  return { ...due, deadline: Math.min(transmitAt(due), detectAt(due)) };
}
