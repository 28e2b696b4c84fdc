/** Groups come to lead, have other addresses, and lead no more: what is listened for on their NICs. */
import { type Micros, never } from '../../../core/time.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import { addressKey } from '../address-key.js';
import type { Member, Nic } from '../election/member.js';
import { admit, disown } from './admission.js';
import type { ConflictEffect } from './effects.js';
import { newCheck } from './late-checks.js';
import { probe } from './probing.js';
import type { Conflicts, LedGroup } from './state.js';
import type { Listener, Watched } from './watched.js';

/** The group leads, with these addresses; `fresh` ones among them are probed before they are held. */
export function lead(
  c: Conflicts,
  member: Member,
  addresses: readonly Uint8Array[],
  fresh: readonly Uint8Array[],
  now: Micros,
): readonly ConflictEffect[] {
  const { name } = member.config;
  const nic = member.phase.binding!.nic;
  const before = c.groups.get(name);
  const listener = listenerOf(c, nic);
  if (listener === undefined) return [{ type: 'hold', member, addresses }];
  const unproven = new Set(fresh.map(addressKey));
  const watches = new Map<string, Watched>();
  const probed: Watched[] = [];
  for (const [key, watched] of before?.addresses ?? []) unwatch(c, listener, key, watched);
  for (const address of addresses) {
    const key = addressKey(address);
    const watched = before?.addresses.get(key) ?? newWatched(member, address);
    watches.set(key, watched);
    watched.shared ||= listener.watched.has(key);
    listener.watched.set(key, watched);
    const owner = c.owner(address);
    if (owner !== undefined) disown(c, watched, owner);
    else if (unproven.has(key) && !before?.addresses.has(key)) probed.push(watched);
  }
  c.groups.set(name, { listener, index: nic.index, addresses: watches });
  if (before === undefined) {
    const takenOver = [...watches.values()].filter((each) => !probed.includes(each));
    c.checks.set(name, newCheck(member, takenOver, now));
  }
  probe(c, probed, now);
  return admit(c, member);
}

/** The group leads no more. */
export function end(c: Conflicts, group: string): void {
  const known = c.groups.get(group);
  if (known === undefined) return;
  c.groups.delete(group);
  c.checks.delete(group);
  for (const [key, watched] of known.addresses) {
    watched.member.withheld = [];
    unwatch(c, known.listener, key, watched);
  }
  closeIfUnused(c, known);
}

/** Written out for the sake of takeovers, as holdings are. */
function newWatched(member: Member, address: Uint8Array): Watched {
  return { member, address, state: 'held', by: '', retryAt: never, backoff: 0, defendedAt: -never, shared: false };
}

function listenerOf(c: Conflicts, nic: Nic): Listener | undefined {
  const known = c.listeners.get(nic.index);
  if (known !== undefined) return known;
  try {
    c.sockets.open(nic.index, 'conflicts');
    const listener: Listener = { watched: new Map(), memberMacs: new Map() };
    c.listeners.set(nic.index, listener);
    return listener;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return undefined; // the NIC is going: the group will be told to let go
  }
}

/** For one group; another that has the address goes on. */
function unwatch(c: Conflicts, listener: Listener, key: string, watched: Watched): void {
  if (listener.watched.get(key) !== watched) return;
  listener.watched.delete(key);
  if (!watched.shared) return;
  for (const other of c.groups.values()) {
    const theirs = other.listener === listener ? other.addresses.get(key) : undefined;
    if (theirs !== undefined && theirs !== watched) listener.watched.set(key, theirs);
  }
}

function closeIfUnused(c: Conflicts, { listener, index }: LedGroup): void {
  if ([...c.groups.values()].some((other) => other.listener === listener)) return;
  c.sockets.close(index, 'conflicts');
  c.listeners.delete(index);
}
