/** Groups come, change and go. */
import type { Micros } from '../../core/time.js';
import { advertise, dropAddresses, give, hold } from './drive.js';
import { renumber } from './election/former-ids.js';
import { stillHeldDown } from './election/hold-down.js';
import {
  givesWay,
  isActive,
  isOnItsWayOut,
  isReachable,
  isSucceeded,
  type Member,
  newMember,
  routerConfig,
  sameSource,
  sameVirtualRouter,
  saysTheSame,
} from './election/member.js';
import { memberReport } from './election/member-report.js';
import { heldDown, leave, nextOf } from './election/phase.js';
import { toBeAskedFor, unprovenOf } from './election/unproven.js';
import { removeLeftovers } from './leftovers.js';
import type { GroupConfig } from './messages.js';
import type { EngineState } from './state.js';

/** How much later than this node others may hear of a change. */
const newsDelay: Micros = 1_000_000;

/** Takes in groups that are new or changed, and releases others. The first call also removes an earlier life's leftovers. */
export function configure(e: EngineState, set: readonly GroupConfig[], releases: readonly string[]): void {
  const now = e.kernel.now();
  e.busySince = Math.min(e.busySince, now);
  if (!e.started) removeLeftovers(set, e.kernel, e.parts.virtualMacs, e.post);
  e.started = true;
  for (const name of releases) {
    const member = e.members.get(name);
    if (member !== undefined) release(e, member, undefined, false, now);
  }
  for (const config of set) {
    const member = e.members.get(config.name);
    if (member === undefined) add(e, config);
    else reconfigure(e, member, config, now);
  }
  e.parts.nodeAddresses.changed();
  e.parts.conflicts.review(now);
}

/** Releases every group; `released` is posted at the end. */
export function shutdown(e: EngineState, immediate: boolean): void {
  e.closing = true;
  e.busySince = Math.min(e.busySince, e.kernel.now());
  for (const member of [...e.members.values()]) release(e, member, undefined, immediate, e.kernel.now());
}

/** @param before whose place it takes, if it takes one's */
function add(e: EngineState, config: GroupConfig, before?: Member): void {
  e.members.set(config.name, newMember(config, before));
  e.networkChanged = true;
}

/** Has the group's router let go. @param next what takes its place afterwards */
export function release(
  e: EngineState,
  member: Member,
  next: GroupConfig | undefined,
  immediate: boolean,
  now: Micros,
): void {
  const under = member.phase.type === 'leaving';
  member.phase = leave(member.phase, next);
  e.reported.add(member.config.name);
  if (under && !immediate) return;
  if (member.phase.type === 'released') finish(e, member);
  else give(e, member, { type: 'shutdown', immediate }, now);
}

/** A group's router is released, or it never had one: it is gone, and what was to follow takes its place. */
export function finish(e: EngineState, member: Member): void {
  e.parts.bindings.unbind(member);
  dropAddresses(e, member);
  e.members.delete(member.config.name);
  e.reported.delete(member.config.name);
  e.post({ type: 'member', ...memberReport(member, e.parts.answerModes) });
  const next = nextOf(member.phase);
  if (next !== undefined && !e.closing) add(e, next, member);
}

function reconfigure(e: EngineState, member: Member, config: GroupConfig, now: Micros): void {
  const { bindings, conflicts } = e.parts;
  const renumbered = member.config.virtualRouterId !== config.virtualRouterId;
  const inPlace = sameVirtualRouter(member.config, config) && !bindings.isTaken(member, config.virtualRouterId);
  if (member.phase.type === 'leaving' || !inPlace) {
    release(e, member, config, false, now);
    return;
  }
  const handOver = givesWay(member.config, config);
  Object.assign(member, unprovenOf(config, member));
  if (!saysTheSame(member.config, config)) e.reported.add(config.name);
  if (isReachable(config) && !isReachable(member.config)) member.reachableFrom = now + newsDelay;
  e.networkChanged ||= isReachable(config) !== isReachable(member.config) || !sameSource(config, member.config);
  renumber(member, config, now);
  member.phase = heldDown(member.phase, stillHeldDown(member.phase.holdDown, member.config, config));
  member.config = config;
  if (renumbered) changeVirtualRouterId(e, member);
  else bindings.reconfigured(member);
  if (member.phase.binding === undefined) {
    e.networkChanged = true;
    return;
  }
  give(e, member, { type: 'configure', config: routerConfig(member, member.phase.binding.source), handOver }, now);
  if (!isActive(member)) return;
  const fresh = isOnItsWayOut(member.phase.binding.router) ? [] : toBeAskedFor(member);
  hold(e, member, conflicts.lead(member, config.addresses, fresh, now));
}

/** The group goes on as what it is. With a virtual MAC its addresses move to the interface with the new one, and are announced anew. */
function changeVirtualRouterId(e: EngineState, member: Member): void {
  const { announcements, answerModes, bindings } = e.parts;
  member.sighted.clear();
  e.reported.add(member.config.name);
  const { retire } = bindings.renumbered(member);
  const { binding } = member.phase;
  if (binding?.virtual !== undefined && binding.router.state === 'Active') {
    if (!isSucceeded(binding.router)) binding.virtual.raise();
    hold(e, member, answerModes.held(member.config.name));
    // Hosts are told before the one with the old MAC is silenced.
    answerModes.settle(e.kernel.now());
    announcements.work(e.kernel.now(), e.announce);
  }
  retire();
}

/** Some of the group's addresses are in place. */
export function inPlace(e: EngineState, group: string, addresses: readonly Uint8Array[]): void {
  const member = e.members.get(group);
  if (member === undefined) return;
  if (member.phase.holdDown !== undefined) endHoldDown(e, member);
  if (member.phase.type === 'claiming') advertise(e, member, member.phase.binding, member.config.priority);
  if (isActive(member)) e.parts.announcements.start(group, addresses, e.kernel.now());
  e.reported.add(group);
}

function endHoldDown(e: EngineState, member: Member): void {
  member.phase = heldDown(member.phase, undefined);
  if (member.phase.binding === undefined) return;
  give(e, member, { type: 'configure', config: routerConfig(member, member.phase.binding.source) }, e.kernel.now());
}
