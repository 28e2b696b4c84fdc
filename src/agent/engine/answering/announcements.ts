/**
 * Telling hosts and switches where addresses are now: gratuitous ARP and unsolicited neighbour advertisements.
 *
 * Addresses that came into place together run through the schedule of `core/neighbor/announcer` together. Once its rounds are
 * over, only the slow refresh is left, and the group's runs become one. In the first round each is announced in one form at once, in which
 * most hosts heed it; the other form follows when no other address waits for its first word.
 */
import {
  type Announcer,
  announceDue,
  createAnnouncer,
  defaultAnnouncerConfig,
  startAnnouncing,
} from '../../../core/neighbor/announcer.js';
import { type Micros, never } from '../../../core/time.js';
import { addressKey } from '../address-key.js';
import { type AnsweringEffect, none } from './contract.js';

interface Run {
  addresses: readonly Uint8Array[];
  announcer: Announcer;
}

export interface Announcements {
  /** Begins the schedule for addresses that have come into place. */
  start(group: string, addresses: readonly Uint8Array[], now: Micros): void;
  /** Goes on with these addresses only; none ends the group. */
  keep(group: string, addresses: readonly Uint8Array[]): void;
  /** What is due, one batch for each run. @param others whether other addresses are just being put in place */
  work(now: Micros, others: boolean): readonly AnsweringEffect[];
  deadline(): Micros;
}

export function createAnnouncements(): Announcements {
  const groups = new Map<string, Run[]>();
  /** What was announced in the first form alone, by group. */
  const halfSaid = new Map<string, readonly Uint8Array[]>();

  function keepOnly(group: string, keeps: (key: string) => boolean): void {
    if (!groups.has(group)) return;
    keep(groups, group, keeps);
    const said = halfSaid.get(group)?.filter((address) => keeps(addressKey(address))) ?? [];
    if (said.length > 0) halfSaid.set(group, said);
    else halfSaid.delete(group);
  }

  /** One batch of the other form. */
  function completed(): readonly AnsweringEffect[] {
    for (const [group, said] of halfSaid) {
      const { batch } = defaultAnnouncerConfig;
      if (said.length > batch) halfSaid.set(group, said.slice(batch));
      else halfSaid.delete(group);
      return [{ type: 'announce', group, addresses: said.slice(0, batch), form: 'reply' }];
    }
    return none;
  }

  /** The next batch of a run. */
  function announce(group: string, run: Run, now: Micros): AnsweringEffect {
    const isFirst = run.announcer.round === 0;
    const { announcer, first, count } = announceDue(run.announcer, now);
    run.announcer = announcer;
    const addresses = run.addresses.slice(first, first + count);
    if (!isFirst) return { type: 'announce', group, addresses };
    const inTwoForms = addresses.filter(({ length }) => length === 4);
    if (inTwoForms.length > 0) halfSaid.set(group, [...(halfSaid.get(group) ?? []), ...inTwoForms]);
    return { type: 'announce', group, addresses, form: 'request' };
  }

  return {
    start(group, addresses, now) {
      if (addresses.length === 0) return;
      if (groups.has(group)) {
        const anew = new Set(addresses.map(addressKey));
        keepOnly(group, (key) => !anew.has(key));
      }
      const run = { addresses, announcer: startAnnouncing(createAnnouncer(), addresses.length, now) };
      groups.set(group, [...(groups.get(group) ?? []), run]);
    },
    keep(group, addresses) {
      if (!groups.has(group)) return;
      const kept = new Set(addresses.map(addressKey));
      keepOnly(group, (key) => kept.has(key));
    },
    work(now, others) {
      const effects: AnsweringEffect[] = [];
      for (const [group, runs] of groups) {
        let settled = false;
        for (const run of runs) {
          if (run.announcer.deadline > now) continue;
          effects.push(announce(group, run, now));
          settled ||= isSettled(run);
        }
        if (settled && runs.length > 1) groups.set(group, merged(runs));
      }
      return others || halfSaid.size === 0 ? effects : [...effects, ...completed()];
    },
    deadline() {
      if (halfSaid.size > 0) return 0;
      let at = never;
      for (const runs of groups.values()) for (const run of runs) at = Math.min(at, run.announcer.deadline);
      return at;
    },
  };
}

function keep(groups: Map<string, Run[]>, group: string, keeps: (key: string) => boolean): void {
  const runs: Run[] = [];
  for (const run of groups.get(group) ?? []) {
    const addresses = run.addresses.filter((address) => keeps(addressKey(address)));
    if (addresses.length === 0) continue;
    runs.push({ addresses, announcer: shrunk(run.announcer, addresses.length) });
  }
  if (runs.length === 0) groups.delete(group);
  else groups.set(group, runs);
}

function merged(runs: readonly Run[]): Run[] {
  const settled = runs.filter(isSettled);
  const [first] = settled;
  if (first === undefined) return [...runs];
  const addresses = settled.flatMap((run) => run.addresses);
  const announcer = { ...first.announcer, count: addresses.length };
  return [{ addresses, announcer }, ...runs.filter((run) => !isSettled(run))];
}

/** Only the refresh is left, and it is not running just now. */
function isSettled({ announcer }: Run): boolean {
  return announcer.round === defaultAnnouncerConfig.rounds.length && announcer.next === 0;
}

/** The round begins again when addresses go while it runs: announcing one twice is harmless, leaving one out is not. */
function shrunk(announcer: Announcer, count: number): Announcer {
  return count === announcer.count ? announcer : { ...announcer, count, next: 0 };
}
