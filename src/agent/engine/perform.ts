/**
 * Does what parts want of each other, in the order in which they say it; what follows from an effect is done before the next one. Only
 * here does one part's word become another one's work.
 */
import type { Micros } from '../../core/time.js';
import { type Input, type Output, step } from '../../core/vrrp/virtual-router.js';
import { none } from './answering/contract.js';
import type { Effect } from './effects.js';
import { tellOfLeader } from './election/leader.js';
import { type Binding, isActive, isSucceeded, type Member, routerConfig, text } from './election/member.js';
import { transitionOf } from './election/member-report.js';
import { claim, claimed } from './election/phase.js';
import { noteTransition } from './election/silences.js';
import { heardToLead } from './election/unproven.js';
import { announceHeld, dropAddresses, hold, lead, takeAddresses } from './leading.js';
import { gone, inPlace, release } from './lifecycle.js';
import { count, type EngineState } from './state.js';

/** Frames of one NIC per turn: a flood cannot hold up adverts for longer than these take, about a millisecond. */
const framesPerTurn = 128;

/** @param now the instant that they follow from */
export function perform(e: EngineState, effects: readonly Effect[], now: Micros): void {
  for (let next = 0; next < effects.length; next++) perform(e, act(e, effects[next]!, now), now);
}

/** What waits on NICs that were found readable. */
export function receiveAdverts(e: EngineState): void {
  const now = e.kernel.now();
  for (const nic of e.parts.nics.all()) {
    for (let taken = 0; nic.readable && taken < framesPerTurn; taken++)
      perform(e, e.parts.receiver.take(nic, now), now);
  }
}

/** What waits on any NIC, whether or not somebody has polled for it. */
export function readAdverts(e: EngineState): void {
  for (const nic of e.parts.nics.all()) nic.readable = true;
  receiveAdverts(e);
}

/** Gives the group's virtual router an input, and performs what it puts out. */
export function give(e: EngineState, member: Member, input: Input, now: Micros): void {
  const { binding } = member.phase;
  if (binding === undefined) return;
  if (input.type === 'advert') heardToLead(member, input.source, now);
  const { activeSource: former } = binding.router;
  const { router, outputs } = step(binding.router, input, now);
  binding.router = router;
  e.routersDueAt = Math.min(e.routersDueAt, router.deadline);
  e.routersMoved = true;
  const claims = outputs[0]?.type === 'take-addresses';
  for (const output of outputs) perform(e, put(e, member, output, { claims, former }), now);
  if (input.type === 'advert' && router.state === 'Backup') member.heardAt = now;
  if (input.type === 'advert' && input.advert.priority > 0) e.parts.liveness.heard(member, input.source, now);
  if (isSucceeded(router)) member.phase.binding?.virtual?.silence();
  tellOfLeader(e.post, member, input.type === 'advert' ? input.source : undefined);
}

/** @param o.claims whether an advert waits for the first address @param o.former who led before, where that is known */
function put(
  e: EngineState,
  member: Member,
  output: Output,
  o: { readonly claims: boolean; readonly former: Uint8Array | undefined },
): readonly Effect[] {
  const { binding } = member.phase;
  if (binding === undefined) return none;
  switch (output.type) {
    case 'advertise':
      if (!o.claims || e.parts.answerModes.held(member.config.name).length > 0)
        return advertise(e, member, binding, output.priority);
      member.phase = claim(member.phase);
      return none;
    case 'take-addresses':
      return takeAddresses(e, member, binding);
    case 'announce':
      announceHeld(e, member);
      return none;
    case 'drop-addresses':
      dropAddresses(e, member);
      return none;
    case 'transition':
      member.reason = output.reason;
      member.activeSource = output.activeSource;
      noteTransition(member, output);
      if (output.to === 'Active') member.leaderships += 1;
      e.post(transitionOf(member, output, { former: o.former, utc: e.kernel.utc() }));
      count(e.counts, `transitions_to_${output.to.toLowerCase()}`);
      e.reported.add(member.config.name);
      return none;
    case 'released':
      return [{ type: 'gone', member }];
  }
}

function act(e: EngineState, effect: Effect, now: Micros): readonly Effect[] {
  const { kernel, members, parts } = e;
  switch (effect.type) {
    case 'input':
      give(e, effect.member, effect.input, now);
      return none;
    case 'configure': {
      const { member, handOver } = effect;
      const { binding } = member.phase;
      if (binding === undefined) return none;
      give(e, member, { type: 'configure', config: routerConfig(member, binding.source), handOver }, now);
      return none;
    }
    case 'bind':
      return parts.bindings.bind(effect.member, effect.place, now);
    case 'unbind':
      return parts.bindings.unbind(effect.member);
    case 'release':
      return release(e, effect.member, effect.next, effect.immediate);
    case 'gone':
      gone(e, effect.member);
      return none;
    case 'lead':
      return lead(e, effect.member);
    case 'claim': {
      const { phase, config } = effect.member;
      return phase.type === 'claiming' ? advertise(e, effect.member, phase.binding, config.priority) : none;
    }
    case 'hold':
      return hold(e, effect.member, effect.addresses);
    case 'begin':
      return parts.answerModes.begin(effect.group, kernel.now());
    case 'settle':
      return parts.answerModes.settle(kernel.now());
    case 'announce-due':
      return parts.announcements.work(kernel.now(), false);
    case 'announce-anew':
      if (isActive(effect.member)) announceHeld(e, effect.member);
      return none;
    case 'announce':
      return parts.transmitter.announce(members.get(effect.group), effect.addresses, effect.form);
    case 'in-place':
      return inPlace(e, effect.group, effect.addresses);
    case 'refused': {
      const { group, address, reason } = effect;
      const fields = { group, address: text(address), reason };
      e.post({ type: 'log', level: 'warn', message: 'address not in place', fields });
      e.reported.add(group);
      return none;
    }
    case 'all-refused':
      parts.refusals.tell(effect.group, effect.reason);
      return none;
    case 'close-virtual-mac':
      effect.virtual.close();
      return none;
    case 'read-adverts':
      readAdverts(e);
      return none;
    case 'judge-peer':
      return parts.liveness.judge(effect.peer);
    case 'links-changed':
      e.networkChanged = true;
      return none;
    case 'report':
      e.reported.add(effect.group);
      return none;
  }
}

function advertise(e: EngineState, member: Member, binding: Binding, priority: number): readonly Effect[] {
  member.phase = claimed(member.phase);
  return e.parts.transmitter.advertise(member, binding, priority);
}
