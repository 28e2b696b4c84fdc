/** Steps the virtual router of a group and performs what it puts out, in that order. */
import type { Micros } from '../../core/time.js';
import { type Input, type Output, step } from '../../core/vrrp/virtual-router.js';
import { addressIndex, type Binding, isSucceeded, type Member } from './election/member.js';
import { transitionOf } from './election/member-report.js';
import { claim, claimed } from './election/phase.js';
import { toBeAskedFor } from './election/unproven.js';
import { count, type EngineState } from './state.js';

export function give(e: EngineState, member: Member, input: Input, now: Micros): void {
  if (member.phase.binding === undefined) return;
  if (input.type === 'advert') member.unproven.clear();
  const { router, outputs } = step(member.phase.binding.router, input, now);
  member.phase.binding.router = router;
  const claimsInPlace = outputs[0]?.type === 'take-addresses';
  for (const output of outputs) perform(e, member, output, claimsInPlace);
  if (input.type === 'advert' && input.advert.priority > 0) e.parts.liveness.heard(member, input.source, now);
  if (isSucceeded(router)) member.phase.binding?.virtual?.silence();
}

/** @param claimsInPlace whether an advert waits for the first address */
function perform(e: EngineState, member: Member, output: Output, claimsInPlace: boolean): void {
  const { config } = member;
  const { binding } = member.phase;
  const { answerModes, conflicts } = e.parts;
  if (binding === undefined) return;
  switch (output.type) {
    case 'advertise':
      if (claimsInPlace && answerModes.held(config.name).length === 0) member.phase = claim(member.phase);
      else advertise(e, member, binding, output.priority);
      break;
    case 'take-addresses':
      binding.virtual?.raise();
      hold(e, member, conflicts.lead(member, config.addresses, toBeAskedFor(member), e.kernel.now()));
      if (binding.virtual !== undefined) answerModes.begin(config.name, e.kernel.now());
      break;
    case 'announce':
      announceHeld(e, member);
      break;
    case 'drop-addresses':
      dropAddresses(e, member);
      break;
    case 'transition':
      member.reason = output.reason;
      member.activeSource = output.activeSource;
      e.post(transitionOf(member, output));
      count(e.counts, `transitions_to_${output.to.toLowerCase()}`);
      e.reported.add(config.name);
      break;
    case 'released':
      e.released(member);
  }
}

export function advertise(e: EngineState, member: Member, binding: Binding, priority: number): void {
  member.phase = claimed(member.phase);
  e.parts.transmitter.advertise(member, binding, priority);
}

/** Exactly these of the group's addresses are answered for. */
export function hold(
  { parts }: EngineState,
  { config, phase: { binding } }: Member,
  addresses: readonly Uint8Array[],
): void {
  if (binding === undefined) return;
  parts.announcements.keep(config.name, addresses);
  parts.answerModes.want(config.name, config.answer, addressIndex(binding), addresses);
}

export function dropAddresses({ parts, reported }: EngineState, member: Member): void {
  const { name } = member.config;
  member.phase = claimed(member.phase);
  parts.conflicts.end(name);
  parts.announcements.keep(name, []);
  parts.answerModes.drop(name);
  member.phase.binding?.virtual?.retire(); // silent from now on, whenever the addresses go
  reported.add(name);
}

/** Announces what is answered for already. */
export function announceHeld({ kernel, parts }: EngineState, { config: { name } }: Member): void {
  parts.announcements.start(name, parts.answerModes.held(name), kernel.now());
}
