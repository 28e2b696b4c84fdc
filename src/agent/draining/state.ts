/** What is remembered of who led, or announces, which address: one record, on which the functions beside it work. */
import { type Announcers, chainAfter } from '../../core/draining/chain.js';
import { claims, died, ended, type History, led, lives, recent, self, withOlder } from '../../core/draining/history.js';
import type { Reachability } from '../../core/draining/reachability.js';
import { type Micros, never } from '../../core/time.js';
import type { LeaderSeen } from '../engine/messages.js';

/** Where a group is, and who leads it. */
export type Binding = Omit<LeaderSeen, 'type' | 'group' | 'station'>;

/** A group of this node, as far as it concerns connections. */
export interface DrainedGroup {
  /** As canonical texts. */
  readonly addresses: readonly string[];
  /** For how long after a move segments of connections that are not known are handed to who led before; 0: not at all. */
  readonly window: Micros;
  /** Whether the group says so; else it is the default, and where nothing translates there is nothing to keep. */
  readonly isSaid: boolean;
  /** Of protocol `bgp`: nobody leads, and all announce. */
  readonly shared?: Shared;
}

export interface Shared {
  /** Where others reach this node, as canonical text. */
  readonly own: string;
  /** By address. */
  readonly announcers: ReadonlyMap<string, Announcers>;
}

/** One that has led, on the NIC by which it is reached. */
export interface Peer {
  readonly nic: number;
  /** Where its adverts came from, as text. */
  readonly address: string;
}

export interface Draining {
  readonly groups: Map<string, DrainedGroup>;
  /** By group; also of groups that move no connections, since they may begin to. */
  readonly bindings: Map<string, Binding>;
  /** By address; of groups that keep connections, and a while longer. */
  readonly histories: Map<string, History>;
  /** By address, of those that several announce at once. */
  readonly announcers: Map<string, Announcers>;
  /** Ethernet addresses of those who have led, by `keyOf`. */
  readonly stations: Map<string, Uint8Array>;
  /** Those who have led and are behind a gateway, by `keyOf`: a segment would go to that, and come back. */
  readonly offLink: Set<string>;
  /** Of those to whom segments may be handed and who do not lead, by `keyOf`. */
  readonly formerLeaders: Map<string, Reachability>;
  /** Those who lead and have just fallen silent, by `keyOf`, and until when they are asked. */
  readonly doubted: Map<string, { readonly reachability: Reachability; readonly until: Micros }>;
  /** Those who were taken for dead a moment ago, by `keyOf`, and when they are asked once more. */
  readonly missed: Map<string, Micros>;
}

export function newDraining(): Draining {
  return {
    groups: new Map(),
    bindings: new Map(),
    histories: new Map(),
    announcers: new Map(),
    stations: new Map(),
    offLink: new Set(),
    formerLeaders: new Map(),
    doubted: new Map(),
    missed: new Map(),
  };
}

export function keyOf({ nic, address }: Peer): string {
  return `${nic} ${address}`;
}

/** More than there are members: whoever forges leaders fills no memory. */
const mostStations = 1_024;

/** These are the groups of this node from now on. */
export function configure(d: Draining, groups: ReadonlyMap<string, DrainedGroup>, now: Micros): void {
  for (const name of d.bindings.keys()) {
    const [before, after] = [d.groups.get(name), groups.get(name)];
    const isOther = before !== undefined && (before.shared === undefined) !== (after?.shared === undefined);
    if (after === undefined || isOther) d.bindings.delete(name);
  }
  d.groups.clear();
  for (const [name, group] of groups) {
    d.groups.set(name, group);
    if (group.shared === undefined) observe(d, name, now);
    else share(d, group, group.shared, now);
  }
  forget(d, now);
}

/** Addresses that have one history go on with one, as where they are led. */
function share(d: Draining, { addresses, window }: DrainedGroup, { announcers }: Shared, now: Micros): void {
  if (window <= 0) return;
  const changed = new Map<History, Map<Announcers, History>>();
  for (const address of addresses) {
    const after = announcers.get(address);
    if (after === undefined) continue;
    const history = d.histories.get(address) ?? nobody;
    const known = changed.get(history) ?? new Map<Announcers, History>();
    changed.set(history, known);
    const chain =
      known.get(after) ?? chainAfter({ history, announcers: d.announcers.get(address) }, after, window, now);
    known.set(after, chain);
    d.histories.set(address, chain);
    d.announcers.set(address, after);
  }
}

/** Somebody else leads a group, or it is somewhere else. */
export function leaderSeen(d: Draining, seen: LeaderSeen, now: Micros): void {
  const { group, leader, proven, silenced, station, nic, answersOn, mac, source } = seen;
  if (d.groups.get(group)?.shared !== undefined) return; // the last word of the election that there was before
  if (leader !== undefined && station !== undefined) {
    if (d.stations.size >= mostStations) d.stations.clear(); // those that count are learnt again from the table of neighbours
    d.stations.set(keyOf({ nic, address: leader }), station);
  }
  d.bindings.set(group, { leader, proven, silenced, nic, answersOn, mac, source });
  observe(d, group, now);
}

function observe(d: Draining, name: string, now: Micros): void {
  const binding = d.bindings.get(name);
  const { addresses = [], window = 0 } = d.groups.get(name) ?? {};
  if (binding === undefined || window <= 0) return;
  const leads = binding.proven ? led : claims;
  change(d, addresses, (history) => leads(history, binding.leader ?? self, now));
}

/** A node is dead, and with it what it knew. */
export function lost(d: Draining, peer: Peer, now: Micros): void {
  changeOn(d, peer, (history) => died(history, peer.address, now));
}

/** It was not. */
export function found(d: Draining, peer: Peer): void {
  changeOn(d, peer, (history) => lives(history, peer.address));
}

/** On another NIC the peer's address is another node's: link-local ones may be the same. */
function changeOn(d: Draining, { nic }: Peer, next: (history: History) => History): void {
  for (const [name, { addresses }] of d.groups) if (d.bindings.get(name)?.nic === nic) change(d, addresses, next);
}

const nobody: History = [];

/** Addresses that have one history go on with one: there may be thousands, of which only their histories are looked at. */
function change(d: Draining, addresses: Iterable<string>, next: (history: History) => History): void {
  const changed = new Map<History, History>();
  for (const address of addresses) {
    const before = d.histories.get(address) ?? nobody;
    const after = changed.get(before) ?? next(before);
    changed.set(before, after);
    d.histories.set(address, after);
  }
}

/** Behind what is known comes what another run of this agent knew. */
export function remember(d: Draining, older: ReadonlyMap<string, History>): void {
  const alike = new Map<string, History>();
  for (const [address, history] of older) {
    if (d.announcers.has(address)) continue;
    const whole = withOlder(d.histories.get(address) ?? nobody, history);
    const text = JSON.stringify(
      whole.map(({ leader, until, ...rest }) => [leader, until === never ? null : until, rest]),
    );
    const known = alike.get(text) ?? whole;
    alike.set(text, known);
    d.histories.set(address, known);
  }
}

/** The longest window there may be: what is older serves nobody. */
export const longestWindow: Micros = 3_600_000_000;

/** What no group that keeps connections has any more, and nobody can need. */
function forget(d: Draining, now: Micros): void {
  if (d.announcers.size > 0) {
    const shared = new Set([...d.groups.values()].flatMap((group) => (group.shared ? group.addresses : [])));
    for (const address of d.announcers.keys()) if (!shared.has(address)) d.announcers.delete(address);
  }
  if (d.histories.size === 0) return;
  const used = new Set([...d.groups.values()].flatMap(({ addresses, window }) => (window > 0 ? addresses : [])));
  for (const [address, history] of d.histories) {
    if (used.has(address)) continue;
    const left = recent(ended(history, now), longestWindow, now);
    if (left.length === 0) d.histories.delete(address);
    else d.histories.set(address, left);
  }
}
