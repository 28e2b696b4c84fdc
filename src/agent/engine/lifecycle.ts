/** Groups come, change and go. */
import type { Micros } from '../../core/time.js';
import { none } from './answering/contract.js';
import type { Effect } from './effects.js';
import { renumber } from './election/former-ids.js';
import { stillHeldDown } from './election/hold-down.js';
import {
  givesWay,
  isActive,
  isReachable,
  isSucceeded,
  type Member,
  newMember,
  sameInterface,
  sameSource,
  sameVirtualRouter,
  saysTheSame,
} from './election/member.js';
import { memberReport } from './election/member-report.js';
import { heldDown, leave, nextOf } from './election/phase.js';
import { endSilence } from './election/silences.js';
import { unprovenOf } from './election/unproven.js';
import { dropAddresses } from './leading.js';
import type { GroupConfig } from './messages.js';
import type { EngineState } from './state.js';

/** How much later than this node others may hear of a change. */
const newsDelay: Micros = 1_000_000;

/** @param before whose place it takes, if it takes one's */
export function add(e: EngineState, config: GroupConfig, before?: Member): void {
  e.members.set(config.name, newMember(config, before));
  e.networkChanged = true;
}

/** Has the group's router let go. @param next what takes its place afterwards */
export function release(
  e: EngineState,
  member: Member,
  next: GroupConfig | undefined,
  immediate: boolean,
): readonly Effect[] {
  const under = member.phase.type === 'leaving';
  member.phase = leave(member.phase, next);
  e.reported.add(member.config.name);
  if (member.phase.type === 'released') return [{ type: 'gone', member }];
  return under && !immediate ? none : [{ type: 'input', member, input: { type: 'shutdown', immediate } }];
}

/** A group's router is released, or it never had one: it is gone, and what was to follow takes its place. */
export function gone(e: EngineState, member: Member): void {
  e.parts.bindings.unbind(member);
  dropAddresses(e, member);
  e.members.delete(member.config.name);
  e.reported.delete(member.config.name);
  e.post({ type: 'member', ...memberReport(member, e.parts.answerModes) });
  const next = nextOf(member.phase);
  if (next !== undefined && !e.closing) add(e, next, member);
}

/** The group is to be another from now on. */
export function reconfigure(e: EngineState, member: Member, config: GroupConfig, now: Micros): readonly Effect[] {
  const { bindings } = e.parts;
  const renumbered = member.config.virtualRouterId !== config.virtualRouterId;
  const sameNic = sameInterface(member.config, config) || bindings.staysOn(member, config);
  const inPlace =
    sameVirtualRouter(member.config, config) && sameNic && !bindings.isTaken(member, config.virtualRouterId);
  if (member.phase.type === 'leaving' || !inPlace) return release(e, member, config, false);
  const handOver = givesWay(member.config, config);
  Object.assign(member, unprovenOf(config, member));
  if (!saysTheSame(member.config, config)) e.reported.add(config.name);
  if (isReachable(config) && !isReachable(member.config)) member.reachableFrom = now + newsDelay;
  e.networkChanged ||=
    isReachable(config) !== isReachable(member.config) ||
    config.asksLeader !== member.config.asksLeader ||
    !sameSource(config, member.config) ||
    !sameInterface(config, member.config);
  renumber(member, config, now);
  member.phase = heldDown(member.phase, stillHeldDown(member.phase.holdDown, member.config, config));
  member.config = config;
  const moves = renumbered ? changeVirtualRouterId(e, member) : none;
  if (!renumbered) bindings.reconfigured(member);
  e.networkChanged ||= member.phase.binding === undefined;
  return [...moves, { type: 'configure', member, handOver }, { type: 'lead', member }];
}

/** The group goes on as what it is. With a virtual MAC its addresses move to the interface with the new one, and are announced anew. */
function changeVirtualRouterId(e: EngineState, member: Member): readonly Effect[] {
  const { answerModes, bindings } = e.parts;
  member.sighted.clear();
  e.reported.add(member.config.name);
  const before = bindings.renumbered(member);
  const close: readonly Effect[] = before === undefined ? none : [{ type: 'close-virtual-mac', virtual: before }];
  const { binding } = member.phase;
  if (binding?.virtual === undefined || binding.router.state !== 'Active') return close;
  if (!isSucceeded(binding.router)) binding.virtual.raise();
  const held = answerModes.held(member.config.name);
  // Hosts are told before the one with the old MAC is silenced.
  return [{ type: 'hold', member, addresses: held }, { type: 'settle' }, { type: 'announce-due' }, ...close];
}

/** Some of the group's addresses are in place. */
export function inPlace(e: EngineState, group: string, addresses: readonly Uint8Array[]): readonly Effect[] {
  const member = e.members.get(group);
  if (member === undefined) return none;
  const effects: Effect[] = [];
  if (member.phase.holdDown !== undefined) {
    member.phase = heldDown(member.phase, undefined);
    effects.push({ type: 'configure', member, handOver: false });
  }
  if (member.phase.type === 'claiming') effects.push({ type: 'claim', member });
  if (isActive(member)) {
    const now = e.kernel.now();
    e.silences = endSilence(e.silences, member, now);
    e.parts.announcements.start(group, addresses, now);
  }
  e.reported.add(group);
  return effects;
}
