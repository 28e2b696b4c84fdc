/**
 * Keeps the table of one family as it is to be. It is leased: without renewals its rules let every packet pass within `leaseMs`, whatever stands in it,
 * so that an agent which was killed hands nothing on for long. What somebody takes out of it is put back.
 */
import type { Micros } from '../../core/time.js';
import { host32, type TableFamily } from '../../platform/linux/nftables/message.js';
import type { Nftables, NftablesRefusal, Rule } from '../../platform/linux/nftables/nftables.js';
import { addElements, emptySet, removeTable } from '../../platform/linux/nftables/statements.js';
import { switchOff } from './conditions.js';
import type { Contents } from './contents.js';
import { changeSets, fillSets, type Listing, listingOf } from './elements.js';
import { counted, lease, makeTable, parts, tableName, tableOf } from './ruleset.js';

export const leaseMs = 10_000;
/** Of an agent that ends in order, which another one is to take the place of. */
export const lastLeaseMs = 60_000;

export interface Table {
  readonly family: TableFamily;
  readonly nftables: Nftables;
  /** What stands in it; undefined: it is not there, as far as is known. */
  holds: Contents | undefined;
  listing: Listing;
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
  return {
    family,
    nftables,
    holds: undefined,
    listing: new Map(),
    made: '',
    loose: true,
    before: new Map(),
    latest: new Map(),
  };
}

/** Puts into the table what is wanted, making it where it is missing or not as it was made. */
export function put(t: Table, wanted: Contents, loose: boolean, now: Micros): TableFault | undefined {
  if (t.holds === undefined || t.loose !== loose || !isAsMade(t)) return make(t, wanted, loose, now);
  const listing = t.holds === wanted ? t.listing : listingOf(wanted);
  const changes = listing === t.listing ? [] : changeSets(t.family, t.listing, listing, now);
  const lease = leaseOf(t, wanted, leaseMs);
  const refusal = t.nftables.transact([...changes, ...lease]);
  // What was to be removed may be gone by itself, a moment earlier.
  if (refusal !== undefined && (changes.length === 0 || fill(t, listing, lease, now) !== undefined))
    return make(t, wanted, loose, now);
  t.holds = wanted;
  t.listing = listing;
  return undefined;
}

function fill(
  { nftables, family }: Table,
  listing: Listing,
  lease: readonly Uint8Array[],
  now: Micros,
): NftablesRefusal | undefined {
  return nftables.transact([...fillSets(family, listing, now), ...lease]);
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
      message: `somebody else has a table of nf_tables called ${tableName} (${t.family}): rename that one, or ${switchOff}`,
    };
  }
  const listing = listingOf(wanted);
  const contents = [...fillSets(t.family, listing, now), ...leaseOf(t, wanted, leaseMs)];
  const attempt = (resets: boolean) => t.nftables.transact([...makeTable(t.family, { loose, resets }), ...contents]);
  const first = attempt(true);
  const refusal = first && attempt(false);
  if (refusal !== undefined) {
    t.holds = undefined;
    // Who may not change tables may not look at them either.
    if (refusal.code === 'EPERM' && t.nftables.hasTable(table))
      return {
        reason: 'ForeignTable',
        message: `a running program owns the table of nf_tables called ${tableName} (${t.family}, flag owner): end that program, or ${switchOff}`,
      };
    return {
      reason: 'TableRefused',
      message: `nf_tables refuses the table ${tableName} (${t.family}): ${refusal.message}: ${remedyOf(t.family, refusal)}, or ${switchOff}`,
    };
  }
  for (const [name, packets] of t.latest) t.before.set(name, (t.before.get(name) ?? 0) + packets);
  t.latest = new Map();
  t.holds = wanted;
  t.listing = listing;
  t.loose = loose;
  t.made = read(t);
  return undefined;
}

function remedyOf(family: TableFamily, { code }: NftablesRefusal): string {
  if (code === 'EPERM') return 'give the agent the capability NET_ADMIN';
  const dup = family === 'ip' ? 'nft_dup_ipv4' : 'nft_dup_ipv6';
  return `load the modules that it needs (nf_tables, nft_ct, nft_limit, ${dup})`;
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

function leaseOf(t: Table, { nics }: Contents, milliseconds: number): readonly Uint8Array[] {
  const table = tableOf(t.family);
  const elements = [...nics.keys()].map((index) => ({ key: host32(index), milliseconds }));
  return [emptySet(table, lease), ...addElements(table, lease, elements)];
}
