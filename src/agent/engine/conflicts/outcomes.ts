/** Asks for addresses, in lots, and settles what comes of it. */
import { probeDue, probeOutcome } from '../../../core/neighbor/probe.js';
import { type Micros, never } from '../../../core/time.js';
import { formatMac } from '../../../core/wire/mac.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import type { Member } from '../election/member.js';
import { admit } from './admission.js';
import type { ConflictEffect } from './effects.js';
import { checkLater } from './late-checks.js';
import { probe } from './probing.js';
import { probeFrame } from './questions.js';
import { type Conflicts, isWatched, tell } from './state.js';
import { isOver, type Probing, type Watched } from './watched.js';

/** Probes per turn: adverts that fall due wait for at most about a millisecond. */
const probesPerTurn = 128;
/** Soon, because the address may be on its way here from another group. */
const firstRetry: Micros = 250_000;

/** Asks what is due, and settles what is over. */
export function workOnProbes(c: Conflicts, now: Micros): readonly ConflictEffect[] {
  let effects: readonly ConflictEffect[] = none;
  let room = probesPerTurn;
  c.probes = c.probes.filter((probing) => {
    const isDue = probing.probe.deadline <= now || isOver(probing);
    if (!isDue || room <= 0) return true;
    room -= probing.addresses.length;
    effects = [...effects, ...advance(c, probing, now)];
    return !isOver(probing);
  });
  return effects;
}

/** Asks again for what another host had. */
export function retry(c: Conflicts, now: Micros): void {
  for (const watched of c.waiting) {
    if (!isWatched(c, watched)) c.waiting.delete(watched);
    else if (watched.retryAt <= now) probe(c, [watched], now);
  }
}

function advance(c: Conflicts, probing: Probing, now: Micros): readonly ConflictEffect[] {
  const { probe: next, send } = probeDue(probing.probe, now);
  probing.probe = next;
  probing.addresses.forEach((watched, index) => {
    if (!isWatched(c, watched) || probeOutcome(next, index).state !== 'probing' || !send) return;
    const question = probeFrame(probing.nic.link.mac, watched.address);
    c.count(probing.nic.socket.send(question, question.length) === 0 ? 'address_probes_sent' : 'send_failures');
  });
  return next.deadline === never ? conclude(c, probing, now) : none;
}

function conclude(c: Conflicts, { addresses, probe: asked, check }: Probing, now: Micros): readonly ConflictEffect[] {
  const affected = new Set<Member>();
  addresses.forEach((watched, index) => {
    if (!isWatched(c, watched) || watched.state !== (check ? 'held' : 'probing')) return;
    const outcome = probeOutcome(asked, index);
    if (check && outcome.state !== 'taken') return;
    affected.add(watched.member);
    if (outcome.state === 'taken') taken(c, watched, outcome.mac, check, now);
    else {
      watched.state = 'held';
      watched.member.unproven.delete(addressKey(watched.address));
      checkLater(c, watched, now);
    }
  });
  return [...affected].flatMap((member) => admit(c, member));
}

/**
 * How late an address is taken whose host has gone. As short as a failover, since all of them go at once where another load balancer is
 * taken over; longer for many, so that in the long run about a hundred a second are asked for, of up to a
 * thousand.
 */
function longestRetry(waiting: number): Micros {
  return Math.min(Math.max(waiting * 10_000, 1_000_000), 10_000_000);
}

function taken(c: Conflicts, watched: Watched, mac: Uint8Array, check: boolean, now: Micros): void {
  watched.state = 'taken';
  watched.by = formatMac(mac);
  c.waiting.add(watched);
  watched.backoff = Math.min(Math.max(watched.backoff * 2, firstRetry), longestRetry(c.waiting.size));
  watched.retryAt = now + watched.backoff;
  if (check || watched.backoff > firstRetry) tell(c, watched, mac, false, now);
}
