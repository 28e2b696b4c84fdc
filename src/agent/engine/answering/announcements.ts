/**
 * Telling hosts and switches where addresses are now: gratuitous ARP and unsolicited neighbour advertisements.
 *
 * Addresses that came into place together run through the schedule of `core/neighbor/announcer` together. Once its rounds are
 * over, only the slow refresh is left, and the group's runs become one. In the first round each is announced in one form at once, in which
 * most hosts heed it; the other form follows when no other address waits for its first word, at the same pace.
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
import type { AnsweringEffect } from './contract.js';

interface Run {
  addresses: readonly Uint8Array[];
  announcer: Announcer;
}

interface State {
  /** By group. */
  readonly runs: Map<string, Run[]>;
  /** What was announced in the first form alone, by group. */
  readonly halfSaid: Map<string, readonly Uint8Array[]>;
  /** Before this nothing is said in the other form: a switch bears no more. */
  otherFormAt: Micros;
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
  const state: State = { runs: new Map(), halfSaid: new Map(), otherFormAt: 0 };
  return {
    start: (group, addresses, now) => start(state, group, addresses, now),
    keep(group, addresses) {
      if (!state.runs.has(group)) return;
      const kept = new Set(addresses.map(addressKey));
      keepOnly(state, group, (key) => kept.has(key));
    },
    work: (now, others) => work(state, now, others),
    deadline: () => deadline(state),
  };
}

function start(state: State, group: string, addresses: readonly Uint8Array[], now: Micros): void {
  if (addresses.length === 0) return;
  if (state.runs.has(group)) {
    const anew = new Set(addresses.map(addressKey));
    keepOnly(state, group, (key) => !anew.has(key));
  }
  const run = { addresses, announcer: startAnnouncing(createAnnouncer(), addresses.length, now) };
  state.runs.set(group, [...(state.runs.get(group) ?? []), run]);
}

function work(state: State, now: Micros, others: boolean): readonly AnsweringEffect[] {
  const effects: AnsweringEffect[] = [];
  for (const [group, runs] of state.runs) {
    let settled = false;
    for (const run of runs) {
      if (run.announcer.deadline > now) continue;
      effects.push(announce(state, group, run, now));
      settled ||= isSettled(run);
    }
    if (settled && runs.length > 1) state.runs.set(group, merged(runs));
  }
  if (others || state.halfSaid.size === 0 || state.otherFormAt > now || someWait(state)) return effects;
  return [...effects, ...completed(state, now)];
}

function deadline(state: State): Micros {
  let at = state.halfSaid.size === 0 || someWait(state) ? never : state.otherFormAt;
  for (const runs of state.runs.values()) for (const run of runs) at = Math.min(at, run.announcer.deadline);
  return at;
}

/** Whether some addresses wait for their first word. */
function someWait({ runs }: State): boolean {
  for (const each of runs.values()) if (each.some(({ announcer }) => announcer.round === 0)) return true;
  return false;
}

/** The next batch of a run. */
function announce({ halfSaid }: State, group: string, run: Run, now: Micros): AnsweringEffect {
  const isFirst = run.announcer.round === 0;
  const { announcer, first, count } = announceDue(run.announcer, now);
  run.announcer = announcer;
  const addresses = run.addresses.slice(first, first + count);
  if (!isFirst) return { type: 'announce', group, addresses };
  const inTwoForms = addresses.filter(({ length }) => length === 4);
  if (inTwoForms.length > 0) halfSaid.set(group, [...(halfSaid.get(group) ?? []), ...inTwoForms]);
  return { type: 'announce', group, addresses, form: 'request' };
}

/** One batch of the other form, of as many groups as it takes. */
function completed(state: State, now: Micros): readonly AnsweringEffect[] {
  const { batch, pace } = defaultAnnouncerConfig;
  const effects: AnsweringEffect[] = [];
  let left = batch;
  for (const [group, said] of state.halfSaid) {
    if (left === 0) break;
    const addresses = said.slice(0, left);
    setOrDelete(state.halfSaid, group, said.slice(addresses.length));
    left -= addresses.length;
    effects.push({ type: 'announce', group, addresses, form: 'reply' });
  }
  state.otherFormAt = now + pace;
  return effects;
}

/** Of a group, only addresses with such keys go on. */
function keepOnly({ runs, halfSaid }: State, group: string, keeps: (key: string) => boolean): void {
  setOrDelete(runs, group, keptOf(runs.get(group) ?? [], keeps));
  setOrDelete(halfSaid, group, halfSaid.get(group)?.filter((address) => keeps(addressKey(address))) ?? []);
}

function keptOf(runs: readonly Run[], keeps: (key: string) => boolean): Run[] {
  return runs.flatMap((run) => {
    const addresses = run.addresses.filter((address) => keeps(addressKey(address)));
    return addresses.length === 0 ? [] : [{ addresses, announcer: shrunk(run.announcer, addresses.length) }];
  });
}

function setOrDelete<T extends readonly unknown[]>(map: Map<string, T>, group: string, list: T): void {
  if (list.length > 0) map.set(group, list);
  else map.delete(group);
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
