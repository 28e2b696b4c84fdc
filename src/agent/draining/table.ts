/**
 * Keeps the table of one family as it is to be. It is leased: without renewals its rules let every packet pass within `leaseMs`, whatever stands in it,
 * so that an agent which was killed hands nothing on for long. What somebody takes out of it is put back.
 */
import { type Micros, never } from '../../core/time.js';
import { host32, type TableFamily } from '../../platform/linux/nftables/message.js';
import type { Nftables, NftablesRefusal, Rule } from '../../platform/linux/nftables/nftables.js';
import { addElements, emptySet, removeTable, type SetElement } from '../../platform/linux/nftables/statements.js';
import { type Arrival, type Contents, type Entry, octetsOf, type Returned, sameContents } from './contents.js';
import { counted, lease, makeTable, parts, tableName, tableOf } from './ruleset.js';

export const leaseMs = 10_000;
/** Of an agent that ends in order, which another one is to take the place of. */
export const lastLeaseMs = 60_000;

export interface Table {
  readonly family: TableFamily;
  readonly nftables: Nftables;
  /** What stands in it; undefined: it is not there, as far as is known. */
  holds: Contents | undefined;
  /** It and its rules as they were made, and with which setting of conntrack. */
  made: string;
  loose: boolean;
  /** Packets counted by tables that were there before. */
  readonly before: Map<string, number>;
  latest: ReadonlyMap<string, number>;
}

/** Why a table is not as it is to be. */
export type TableFault =
  | { readonly reason: 'ForeignTable'; readonly message: string }
  | { readonly reason: 'TableRefused'; readonly message: string };

export function newTable(family: TableFamily, nftables: Nftables): Table {
  return { family, nftables, holds: undefined, made: '', loose: true, before: new Map(), latest: new Map() };
}

/** Puts into the table what is wanted, making it where it is missing or not as it was made. */
export function put(t: Table, wanted: Contents, loose: boolean, now: Micros): TableFault | undefined {
  if (t.holds === undefined || t.loose !== loose || !isAsMade(t)) return make(t, wanted, loose, now);
  if (sameContents(t.holds, wanted)) return renew(t, leaseMs) === undefined ? undefined : make(t, wanted, loose, now);
  const refusal = t.nftables.transact(fill(t, wanted, now));
  if (refusal !== undefined) return make(t, wanted, loose, now);
  t.holds = wanted;
  return undefined;
}

/** Has what stands in it go on for so long. */
export function renew(t: Table, milliseconds: number): NftablesRefusal | undefined {
  return t.holds && t.nftables.transact(leaseOf(t, t.holds, milliseconds));
}

/** Takes it away. */
export function remove(t: Table): void {
  if (t.holds !== undefined) t.nftables.transact([removeTable(tableOf(t.family))]);
  t.holds = undefined;
}

/** Takes away the table that a former life of the agent made, if there is one. */
export function removeFormer(nftables: Nftables, family: TableFamily): void {
  const table = tableOf(family);
  if (nftables.hasSet(table, lease)) nftables.transact([removeTable(table)]);
}

/** Packets that each rule counted since the agent began. */
export function counts(t: Table): ReadonlyMap<string, number> {
  if (t.holds !== undefined) read(t);
  return new Map([...t.latest].map(([name, packets]) => [name, packets + (t.before.get(name) ?? 0)]));
}

function make(t: Table, wanted: Contents, loose: boolean, now: Micros): TableFault | undefined {
  const table = tableOf(t.family);
  if (t.nftables.hasTable(table) && !t.nftables.hasSet(table, lease)) {
    t.holds = undefined;
    return {
      reason: 'ForeignTable',
      message: `somebody else has a table of nf_tables called ${tableName} (${t.family}): rename that one`,
    };
  }
  const attempt = (resets: boolean) =>
    t.nftables.transact([...makeTable(t.family, { loose, resets }), ...fill(t, wanted, now)]);
  const first = attempt(true);
  const refusal = first && attempt(false);
  if (refusal !== undefined) {
    t.holds = undefined;
    return {
      reason: 'TableRefused',
      message: `nf_tables refuses the table ${tableName} (${t.family}): ${refusal.message}`,
    };
  }
  for (const [name, packets] of t.latest) t.before.set(name, (t.before.get(name) ?? 0) + packets);
  t.latest = new Map();
  t.holds = wanted;
  t.loose = loose;
  t.made = read(t);
  return undefined;
}

function isAsMade(t: Table): boolean {
  return read(t) === t.made;
}

/** Which parts and rules there are; and takes note of what these have counted. */
function read(t: Table): string {
  const rules = t.nftables.rules(tableOf(t.family));
  const forwarding = rules.filter(({ packets }) => packets !== undefined);
  if (forwarding.length > 0)
    // else somebody took them away: what was counted last stays
    t.latest = counted.reduce(
      (sums, name, at) => sums.set(name, (sums.get(name) ?? 0) + (forwarding[at]?.packets ?? 0)),
      new Map<string, number>(),
    );
  const list = rules.map(({ chain, handle }: Rule) => `${chain} ${handle}`).join();
  return `${t.nftables.outline(tableOf(t.family), parts)}\n${list}`;
}

function fill(t: Table, wanted: Contents, now: Micros): readonly Uint8Array[] {
  const table = tableOf(t.family);
  const { nics, direct, passed, returned, ended, members } = wanted;
  const addresses = new Map<string, SetElement>();
  for (const arrival of [...direct, ...passed, ...returned, ...ended]) {
    const element = elementOf(arrival, now);
    const known = addresses.get(`${element.key}`);
    if (known === undefined || outlasts(element, known)) addresses.set(`${element.key}`, element);
  }
  const withTarget = (entry: Entry): SetElement => ({ ...elementOf(entry, now), data: octetsOf(entry.to) });
  const contents: readonly (readonly [string, readonly SetElement[]])[] = [
    ['nics', [...nics].map(([from, to]) => ({ key: host32(from), data: host32(to) }))],
    ['addresses', [...addresses.values()]],
    ['direct', direct.map(withTarget)],
    ['passed', passed.map(withTarget)],
    ['beyond', returned.flatMap((each) => (each.to === undefined ? [] : [returnedOf(each, now, octetsOf(each.to))]))],
    ['back', returned.flatMap((each) => (each.to === undefined ? [returnedOf(each, now)] : []))],
    ['ended', ended.map((arrival) => elementOf(arrival, now))],
    ['members', [...members].map((mac) => ({ key: Buffer.from(mac, 'hex') }))],
  ];
  return [
    ...contents.flatMap(([set, elements]) => [emptySet(table, set), ...addElements(table, set, elements)]),
    ...leaseOf(t, wanted, leaseMs),
  ];
}

function leaseOf(t: Table, { nics }: Contents, milliseconds: number): readonly Uint8Array[] {
  const table = tableOf(t.family);
  const elements = [...nics.keys()].map((index) => ({ key: host32(index), milliseconds }));
  return [emptySet(table, lease), ...addElements(table, lease, elements)];
}

function elementOf({ arrivesBy, address, until }: Arrival, now: Micros): SetElement {
  const key = Buffer.concat([host32(arrivesBy), octetsOf(address)]);
  return until === never ? { key } : { key, milliseconds: Math.max((until - now) / 1_000, 1) };
}

/** An Ethernet address takes two registers. */
function returnedOf(each: Returned, now: Micros, data?: Uint8Array): SetElement {
  const from = Buffer.concat([Buffer.from(each.from, 'hex'), new Uint8Array(2)]);
  const key = Buffer.concat([host32(each.arrivesBy), from, octetsOf(each.address)]);
  return { ...elementOf(each, now), key, ...(data !== undefined && { data }) };
}

function outlasts(a: SetElement, b: SetElement): boolean {
  return (a.milliseconds ?? never) > (b.milliseconds ?? never);
}
