/** What is to be done once every group has its place. */
import type { Micros } from '../../../../core/time.js';
import type { ElectionEffect } from '../effects.js';
import { isSucceeded, type Member } from '../member.js';
import type { BindingState } from './state.js';

/** How often at most somebody who switches a leader's virtual MAC off is contradicted. */
const raiseAgainAfter: Micros = 1_000_000;

export interface Settled {
  readonly effects: readonly ElectionEffect[];
  /** Some group has no place, could have another later, or needs another look. */
  readonly again: boolean;
}

export function settle(b: BindingState, now: Micros): Settled {
  for (const nic of b.nics.all()) nic.link = b.inventory.link(nic.index) ?? nic.link;
  const members = [...b.members.values()];
  const off = members.filter((member) => isSwitchedOff(b, member));
  const raised = off.filter((member) => mayRaiseAgain(b, member, now));
  const again = off.length > raised.length || members.some(needsAnotherLook);
  return { effects: raised.map((member) => raiseAgain(b, member, now)), again };
}

/** Whether somebody has switched off the interface of a leader: its IPv4 addresses stay on it then, answered by nobody. */
function isSwitchedOff({ inventory }: BindingState, { phase: { binding } }: Member): boolean {
  if (binding?.virtual === undefined || binding.router.state !== 'Active' || isSucceeded(binding.router)) return false;
  return inventory.link(binding.virtual.interfaceIndex)?.up === false;
}

function mayRaiseAgain({ raisedAgainAt }: BindingState, member: Member, now: Micros): boolean {
  return now >= (raisedAgainAt.get(member) ?? 0) + raiseAgainAfter;
}

function raiseAgain({ raisedAgainAt }: BindingState, member: Member, now: Micros): ElectionEffect {
  raisedAgainAt.set(member, now);
  member.phase.binding?.virtual?.raise();
  return { type: 'announce-anew', member };
}

/** It has no NIC, or could have another one later of which no event tells; or it waits for something. */
function needsAnotherLook({ config, phase: { binding } }: Member): boolean {
  if ('canReach' in config.interface || 'subnetOf' in config.interface) return true;
  return binding === undefined || binding.router.life === 'new';
}
