/** Claims to addresses that are held here: told, and contradicted, but not more often than RFC 5227 lets anybody. */
import type { Claim } from '../../../core/neighbor/claim.js';
import { type Micros, never } from '../../../core/time.js';
import { none } from '../answering/contract.js';
import { isOnItsWayOut } from '../election/member.js';
import type { ConflictEffect } from './effects.js';
import { type Conflicts, isWatched, tell } from './state.js';
import type { Watched } from './watched.js';

/** RFC 5227 section 1.1, DEFEND_INTERVAL. */
const defendInterval: Micros = 10_000_000;

/**
 * Reports the claim and contradicts it, at once or as soon as it may: who claimed an address for a moment would else be believed by hosts
 * for as long as they remember.
 */
export function defend(c: Conflicts, watched: Watched, { mac }: Claim, now: Micros): readonly ConflictEffect[] {
  const { binding } = watched.member.phase;
  if (binding !== undefined && isOnItsWayOut(binding.router)) return none;
  tell(c, watched, mac, true, now);
  if (now < mayContradictAt(watched)) {
    c.claimed.add(watched);
    return none;
  }
  return contradict(c, watched, now);
}

/** Contradicts the claims that came too soon after the one before, and that may be contradicted by now. */
export function contradictLate(c: Conflicts, now: Micros): readonly ConflictEffect[] {
  const due = [...c.claimed].filter((watched) => now >= mayContradictAt(watched));
  for (const watched of due) c.claimed.delete(watched);
  return due
    .filter((watched) => isWatched(c, watched) && watched.state === 'held')
    .flatMap((watched) => contradict(c, watched, now));
}

/** When that is due. */
export function contradictsAt({ claimed }: Conflicts): Micros {
  let at = never;
  for (const watched of claimed) at = Math.min(at, mayContradictAt(watched));
  return at;
}

function mayContradictAt({ defendedAt }: Watched): Micros {
  return defendedAt + defendInterval;
}

function contradict(c: Conflicts, watched: Watched, now: Micros): readonly ConflictEffect[] {
  watched.defendedAt = now;
  c.claimed.delete(watched);
  return [{ type: 'announce', group: watched.member.config.name, addresses: [watched.address] }];
}
