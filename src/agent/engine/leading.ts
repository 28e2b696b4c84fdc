/** The addresses of a group that leads here: taken, held, announced, dropped. */
import { none } from './answering/contract.js';
import type { Effect } from './effects.js';
import { addressIndex, type Binding, isActive, isOnItsWayOut, type Member } from './election/member.js';
import { claimed } from './election/phase.js';
import { toBeAskedFor, unproveNeverHeld } from './election/unproven.js';
import type { EngineState } from './state.js';

/** The group's router has become Active. */
export function takeAddresses(e: EngineState, member: Member, { virtual }: Binding): readonly Effect[] {
  virtual?.raise();
  unproveNeverHeld(member);
  const effects = e.parts.conflicts.lead(member, member.config.addresses, toBeAskedFor(member), e.kernel.now());
  // With a virtual MAC the advert that takes it over waits for the first address.
  return virtual === undefined ? effects : [...effects, { type: 'begin', group: member.config.name }];
}

/** The group may have other addresses than before. */
export function lead(e: EngineState, member: Member): readonly Effect[] {
  const { binding } = member.phase;
  if (binding === undefined || !isActive(member)) return none;
  const fresh = isOnItsWayOut(binding.router) ? [] : toBeAskedFor(member);
  return e.parts.conflicts.lead(member, member.config.addresses, fresh, e.kernel.now());
}

/** Exactly these of the group's addresses are answered for. */
export function hold(
  { parts }: EngineState,
  { config, phase: { binding } }: Member,
  addresses: readonly Uint8Array[],
): readonly Effect[] {
  if (binding === undefined) return none;
  parts.announcements.keep(config.name, addresses);
  return parts.answerModes.want(config.name, config.answer, addressIndex(binding), addresses);
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

/** Announces what is answered for already, from the first round on. */
export function announceHeld({ kernel, parts }: EngineState, { config: { name } }: Member): void {
  parts.announcements.start(name, parts.answerModes.held(name), kernel.now());
}
