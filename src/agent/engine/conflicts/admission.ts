/** Which addresses a group that leads holds, and which it does not: those that another host has, and those that are a node's own. */
import type { Micros } from '../../../core/time.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import { report } from '../election/effects.js';
import type { Member } from '../election/member.js';
import type { ConflictEffect } from './effects.js';
import { withhold } from './not-held.js';
import { probe } from './probing.js';
import type { Conflicts } from './state.js';
import type { Watched } from './watched.js';

/** What the group is to hold now. */
export function admit(c: Conflicts, member: Member): readonly ConflictEffect[] {
  const all = [...(c.groups.get(member.config.name)?.addresses.values() ?? [])];
  const addresses = all.filter(({ state }) => state === 'held').map(({ address }) => address);
  return [...explain(all, member), { type: 'hold', member, addresses }];
}

/** What the member's report says of addresses that it does not take. */
function explain(all: readonly Watched[], member: Member): readonly ConflictEffect[] {
  const withheld = all.filter(({ state, backoff }) => state === 'own' || (state !== 'held' && backoff > 0));
  const said = withheld.map(({ address, state, by }) => {
    const neverHeld = member.unproven.has(addressKey(address));
    return { address, own: state === 'own', by, neverHeld };
  });
  return withhold(member, said) ? [report(member)] : none;
}

/** Lets go of what has become a node's own, and asks for what is none any more. */
export function review(c: Conflicts, now: Micros): readonly ConflictEffect[] {
  return [...c.groups.values()].flatMap(({ addresses }) => {
    let member: Member | undefined;
    for (const watched of addresses.values()) {
      const owner = c.owner(watched.address);
      if ((owner !== undefined) === (watched.state === 'own') && (owner === undefined || owner === watched.by))
        continue;
      member = watched.member;
      if (owner === undefined) probe(c, [watched], now);
      else disown(c, watched, owner);
    }
    return member === undefined ? none : admit(c, member);
  });
}

/** It is a node's own, which nobody takes. */
export function disown(c: Conflicts, watched: Watched, owner: string): void {
  watched.state = 'own';
  watched.by = owner;
  c.waiting.delete(watched);
}
