/**
 * What was taken over is asked for some seconds later, in lots, after the MACs of members: the leader before cannot answer any more then, so
 * whoever does is a stranger.
 */
import type { Micros } from '../../../core/time.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { isOnItsWayOut, type Member } from '../election/member.js';
import { probeHeld } from './probing.js';
import { memberQuestion } from './questions.js';
import { type Conflicts, isWatched } from './state.js';
import type { Check, Listener, Watched } from './watched.js';

/** After a takeover: the kernel of a leader that died has let go of its leased addresses by then (`on-nic.ts`: 2.5 s). */
const checkAfter: Micros = 3_000_000;
/** Addresses that are probed at once then, and how long one such lot takes. */
const checkedAtOnce = 32;
const checkEvery: Micros = 60_000;
/** How long members have to answer before their claims would be taken for strangers'. */
const answerWithin: Micros = 20_000;

export function newCheck(member: Member, rest: readonly Watched[], now: Micros): Check {
  return { member, rest, at: now + checkAfter, asked: false };
}

/** This one as well. */
export function checkLater({ checks }: Conflicts, watched: Watched, now: Micros): void {
  const { member } = watched;
  const check = checks.get(member.config.name);
  if (check !== undefined) check.rest = [...check.rest, watched];
  else checks.set(member.config.name, newCheck(member, [watched], now));
}

export function workOnChecks(c: Conflicts, now: Micros): void {
  for (const [group, check] of c.checks) if (check.at <= now) checkNext(c, group, check, now);
}

/** Probes the next lot of what was taken over. */
function checkNext(c: Conflicts, group: string, check: Check, now: Micros): void {
  const { binding } = check.member.phase;
  if (!check.asked) {
    check.asked = true;
    check.at = now + answerWithin;
    askMembers(check.member);
    return;
  }
  const lot = check.rest.slice(0, checkedAtOnce).filter((each) => isWatched(c, each) && each.state === 'held');
  check.rest = check.rest.slice(checkedAtOnce);
  check.at = now + checkEvery;
  if (check.rest.length === 0) c.checks.delete(group);
  if (binding !== undefined && !isOnItsWayOut(binding.router)) probeHeld(c, lot, now);
}

function askMembers({ phase: { binding }, config }: Member): void {
  for (const peer of binding === undefined ? [] : config.peers) {
    const question = memberQuestion(binding!.nic.link.mac, binding!.source, peer);
    binding!.nic.socket.send(question, question.length);
  }
}

/** Whether the address is a member's that is being asked for its MAC: at other times nobody's is learnt. */
export function isAskedPeer({ checks, groups }: Conflicts, listener: Listener, address: Uint8Array): boolean {
  return [...checks].some(
    ([group, { asked, member }]) =>
      asked &&
      groups.get(group)?.listener === listener &&
      member.config.peers.some((peer) => equalOctets(peer, address)),
  );
}
