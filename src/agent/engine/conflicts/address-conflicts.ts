/**
 * Other hosts' claims to the addresses of groups that are led here (RFC 5227, RFC 4862).
 *
 * An address that no router of the group is known to have held (`unproven.ts`) is probed before it is first held, and not taken while
 * another host has it. One that a node takes over from a leader that it heard for a while is held at once, since nothing may delay that,
 * unless that leader said that it left it to another host. Some seconds later both are probed, those because the leader before cannot
 * answer any more, these because a host may have been slow to answer: an address is let go of if a host that is no member answers. While
 * addresses are held, a claim by such a host is reported, and contradicted by an announcement, the last one too (defence.ts). Members'
 * claims are the election's to settle, and the MACs of members that have not led are asked for along with that late probe. A node's own
 * address is never held.
 */
import { type Micros, never } from '../../../core/time.js';
import { none } from '../answering/contract.js';
import type { HeardFrame } from '../answering/heard-frame.js';
import { decoded } from '../answering/heard-frame.js';
import type { Member } from '../election/member.js';
import { review } from './admission.js';
import { contradictLate, contradictsAt } from './defence.js';
import type { ConflictEffect } from './effects.js';
import { hear } from './hear.js';
import { workOnChecks } from './late-checks.js';
import { end, lead } from './led-groups.js';
import { retry, workOnProbes } from './outcomes.js';
import { type Conflicts, newConflicts } from './state.js';

export interface AddressConflicts {
  /**
   * The group leads, with these addresses: `fresh` ones among them are probed before they are held. The others are to be held now; those
   * follow.
   */
  lead(
    member: Member,
    addresses: readonly Uint8Array[],
    fresh: readonly Uint8Array[],
    now: Micros,
  ): readonly ConflictEffect[];
  /** What is known of nodes' own addresses has changed. */
  review(now: Micros): readonly ConflictEffect[];
  /** The group leads no more. */
  end(group: string): void;
  /** Hears a frame of ARP or neighbour discovery. */
  hear(interfaceIndex: number, heard: HeardFrame, now: Micros): readonly ConflictEffect[];
  /** Does what is due. */
  work(now: Micros): readonly ConflictEffect[];
  deadline(): Micros;
}

export function createAddressConflicts(o: Pick<Conflicts, 'sockets' | 'post' | 'count' | 'owner'>): AddressConflicts {
  const c = newConflicts(o);
  return {
    lead: (member, addresses, fresh, now) => lead(c, member, addresses, fresh, now),
    review: (now) => review(c, now),
    end: (group) => end(c, group),
    hear(interfaceIndex, heard, now) {
      const listener = c.listeners.get(interfaceIndex);
      return listener === undefined ? none : hear(c, listener, decoded(heard), now);
    },
    work(now) {
      workOnChecks(c, now);
      const effects = workOnProbes(c, now);
      retry(c, now);
      const late = contradictLate(c, now);
      return late.length === 0 ? effects : [...effects, ...late];
    },
    deadline: () => deadline(c),
  };
}

function deadline(c: Conflicts): Micros {
  const { checks, probes, waiting } = c;
  let at = contradictsAt(c);
  for (const { probe } of probes) at = Math.min(at, probe.deadline === never ? 0 : probe.deadline);
  for (const { retryAt } of waiting) at = Math.min(at, retryAt);
  for (const check of checks.values()) at = Math.min(at, check.at);
  return at;
}
