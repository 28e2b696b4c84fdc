/**
 * Telling hosts and switches where addresses are now: gratuitous ARP and unsolicited neighbour advertisements.
 *
 * Addresses that came into place together run through the schedule of `core/neighbor/announcer` together. Once its rounds are
 * over, only the slow refresh is left, and the group's runs become one.
 */
import {
  type Announcer,
  announceDue,
  createAnnouncer,
  defaultAnnouncerConfig,
  startAnnouncing,
} from '../../../core/neighbor/announcer.js';
import { type Micros, never } from '../../../core/time.js';
import { encodeGratuitousArp, encodeUnsolicitedNeighborAdvertisement } from '../../../core/wire/neighbor-frame.js';
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
  /** What is due, one batch for each run. */
  work(now: Micros): readonly AnsweringEffect[];
  deadline(): Micros;
}

export function createAnnouncements(): Announcements {
  const groups = new Map<string, Run[]>();
  return {
    start(group, addresses, now) {
      if (addresses.length === 0) return;
      const anew = new Set(addresses.map(addressKey));
      keep(groups, group, (key) => !anew.has(key));
      const run = { addresses, announcer: startAnnouncing(createAnnouncer(), addresses.length, now) };
      groups.set(group, [...(groups.get(group) ?? []), run]);
    },
    keep(group, addresses) {
      const kept = new Set(addresses.map(addressKey));
      keep(groups, group, (key) => kept.has(key));
    },
    work(now) {
      let effects: readonly AnsweringEffect[] = none;
      for (const [group, runs] of groups) {
        let settled = false;
        for (const run of runs) {
          if (run.announcer.deadline > now) continue;
          const { announcer, first, count } = announceDue(run.announcer, now);
          effects = [...effects, { type: 'announce', group, addresses: run.addresses.slice(first, first + count) }];
          run.announcer = announcer;
          settled ||= isSettled(run);
        }
        if (settled && runs.length > 1) groups.set(group, merged(runs));
      }
      return effects;
    },
    deadline() {
      let at = never;
      for (const runs of groups.values()) for (const run of runs) at = Math.min(at, run.announcer.deadline);
      return at;
    },
  };
}

/**
 * The frames that announce one address from `mac`: ARP in both its forms, since hosts differ in which they heed.
 *
 * @param router whether this node forwards, which IPv6 says
 */
export function announcementFrames(mac: Uint8Array, address: Uint8Array, router: boolean): readonly Uint8Array[] {
  if (address.length === 16) return [encodeUnsolicitedNeighborAdvertisement({ mac, address, router })];
  return (['request', 'reply'] as const).map((kind) => encodeGratuitousArp({ kind, mac, address }));
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
