import assert from 'node:assert/strict';
import {
  createSession,
  type Input,
  type Output,
  type Session,
  step,
  type Timing,
} from '../../../../src/core/bfd/session.js';
import { defaultTiming } from '../../../../src/core/bfd/timing.js';
import type { Micros } from '../../../../src/core/time.js';
import type { BfdState, ControlPacket } from '../../../../src/core/wire/bfd.js';

export const ms = (value: number): Micros => value * 1000;
export const identity = { localDiscriminator: 0x0b00_0001, sourcePort: 49_152 };
export const neighborDiscriminator = 0x0c00_0001;

/** A session in Down that was made at 0, by default 300 ms x 3. Its jitter is the greatest: three quarters of each interval. */
export function down(config: Partial<Timing> = {}): Session {
  return createSession({ ...identity, config: { ...defaultTiming, ...config }, now: 0, random: 0 });
}

/** A packet of the neighbour, 300 ms x 3, or 1 s x 3 unless it is Up. */
export function packet(state: BfdState, changes: Partial<ControlPacket> = {}): ControlPacket {
  return {
    diagnostic: 0,
    state,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: 3,
    myDiscriminator: neighborDiscriminator,
    yourDiscriminator: identity.localDiscriminator,
    desiredMinTx: state === 'Up' ? ms(300) : ms(1000),
    requiredMinRx: ms(300),
    requiredMinEchoRx: 0,
    ...changes,
  };
}

/** The neighbour's packet, read as soon as it came, or when `at` says that the kernel had taken it in before. */
export function hears(now: Micros, state: BfdState, changes: Partial<ControlPacket> = {}, at = now): [Micros, Input] {
  return [now, { type: 'packet', packet: packet(state, changes), at }];
}

/** The driver's clock at a deadline, with a socket that was just read. */
export function time(now: Micros, o: { drainedAt?: Micros; random?: number } = {}): [Micros, Input] {
  return [now, { type: 'time', drainedAt: o.drainedAt ?? now, random: o.random ?? 0 }];
}

/** A session in Init, which heard a neighbour in Down at 10 ms. */
export function init(config: Partial<Timing> = {}): Session {
  const { session } = play(down(config), time(0), hears(ms(10), 'Down', { yourDiscriminator: 0 }));
  assert.equal(session.state, 'Init');
  return session;
}

/** A session in Up which has agreed on its timing and last heard its neighbour at the returned instant. */
export function up(config: Partial<Timing> = {}): { session: Session; now: Micros } {
  const fresh = play(init(config), hears(ms(20), 'Up')).session;
  const polled = play(fresh, time(fresh.deadline)).session;
  const now = fresh.deadline + ms(10);
  const { session } = play(polled, hears(now - 1, 'Up', { final: true }), hears(now, 'Up'));
  assert.deepEqual([session.state, session.poll], ['Up', 'none']);
  return { session, now };
}

/** Outputs as words: `send Up P`, `Down -> Init (handshake)`, `drain 5` with milliseconds. */
export function words(outputs: readonly Output[]): string[] {
  return outputs.map((output) => {
    if (output.type === 'send') {
      const { state, poll, final } = output.packet;
      return `send ${state}${poll ? ' P' : ''}${final ? ' F' : ''}`;
    }
    if (output.type === 'transition') return `${output.from} -> ${output.to} (${output.reason})`;
    return output.type === 'timing-agreed' ? output.type : `${output.type} ${output.lateness / 1000}`;
  });
}

/** The packets among outputs. */
export function sent(outputs: readonly Output[]): readonly ControlPacket[] {
  return outputs.flatMap((output) => (output.type === 'send' ? [output.packet] : []));
}

/** Applies inputs at their instants and returns the last session, every output, and the same in words. */
export function play(
  session: Session,
  ...inputs: readonly (readonly [Micros, Input])[]
): { session: Session; outputs: readonly Output[]; words: string[] } {
  let current = session;
  const outputs: Output[] = [];
  for (const [now, input] of inputs) {
    const { session: next, outputs: given } = step(current, input, now);
    current = next;
    outputs.push(...given);
  }
  return { session: current, outputs, words: words(outputs) };
}
