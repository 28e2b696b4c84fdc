/**
 * Addresses answered by the kernel because the NIC has them: `vip` mode.
 *
 * Each is leased: the kernel takes it away unless it is renewed, so that a killed, hung or starved agent cannot go on
 * answering. Linux looks at lifetimes at most once a second and rounds up by a quarter: a lease of 2 s ends 2.0 to 2.5 s
 * after its last renewal (measured, both families). An address that somebody else takes away comes back, at once the first
 * time and ever more slowly if it keeps happening. Many that come at once are answered for by routes first (leases/early.ts).
 */
import type { Micros } from '../../../core/time.js';
import { type Answering, type AnsweringEffect, none } from './contract.js';
import { appear, appeared, forgottenAt } from './leases/appear.js';
import { areMany, follow, putEarly } from './leases/early.js';
import { lost, putNext, retry } from './leases/put.js';
import { remove } from './leases/remove.js';
import { renew } from './leases/renew.js';
import { type Leases, newLeases } from './leases/state.js';
import { want } from './leases/want.js';

export interface OnNic extends Answering {
  /** The kernel reports that an address is in place. */
  appeared(interfaceIndex: number, address: Uint8Array): void;
  /** The kernel reports that an address is gone from an interface. */
  lost(interfaceIndex: number, address: Uint8Array, now: Micros): readonly AnsweringEffect[];
}

export function answerOnNic(rtnetlink: Leases['rtnetlink']): OnNic {
  const l = newLeases(rtnetlink);
  return {
    want(group, interfaceIndex, addresses) {
      want(l, group, interfaceIndex, addresses);
      return none;
    },
    removing: () => l.removals.length > 0,
    work: (now) => work(l, now),
    deadline: () => deadline(l),
    refused: (group) => refusedOf(l, group),
    held: (group) => [...(l.groups.get(group) ?? [])].filter((each) => each.answers).map((each) => each.address),
    appeared: (interfaceIndex, address) => appeared(l, interfaceIndex, address),
    lost: (interfaceIndex, address, now) => lost(l, interfaceIndex, address, now),
  };
}

/** One batch: what is to go first, then what would run out, then what is to come. */
function work(l: Leases, now: Micros): readonly AnsweringEffect[] {
  const answering = appear(l, now);
  if (l.removals.length > 0) remove(l);
  else if (l.renewAt <= now) renew(l, now);
  else {
    retry(l, now);
    return [...answering, ...add(l, now)];
  }
  return answering;
}

function add(l: Leases, now: Micros): readonly AnsweringEffect[] {
  if (l.additions.length === 0) return l.followers.length === 0 ? none : follow(l, now);
  return areMany(l) ? putEarly(l, now) : putNext(l, now);
}

function deadline(l: Leases): Micros {
  const { additions, appearances, followers, removals } = l;
  if (removals.length > 0 || additions.length > 0 || followers.length > 0 || appearances.length > 0) return 0;
  let at = Math.min(l.renewAt, forgottenAt(l) ?? l.renewAt);
  for (const holding of l.retries) at = Math.min(at, holding.retryAt);
  return at;
}

function refusedOf(l: Leases, group: string): ReturnType<Answering['refused']> {
  return [...(l.groups.get(group) ?? [])].flatMap(({ answers, address, problem }) =>
    !answers && problem !== undefined ? [{ address, reason: problem }] : [],
  );
}
