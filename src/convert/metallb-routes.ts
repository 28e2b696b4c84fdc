/**
 * What MetalLB's BGPAdvertisements tell each router, in the words of a BgpPeer.
 *
 * MetalLB makes the routes of all advertisements that are for an address, and of one prefix one route with the communities of all. A BgpPeer
 * has a list of which the first entry counts for a prefix: so there is one entry for each prefix length that a pool is announced by, and pools
 * of which the same is said share entries.
 * Source: MetalLB internal/config/config.go, speaker/bgp_controller.go (v0.16).
 */
import { type AnyCommunity, communityOf } from '../api/communities.js';
import type { Document, Fields } from './document.js';
import { list, strings } from './document.js';

export interface Routes {
  /** `spec.advertise`; undefined: one route for each address of every Eip. */
  readonly advertise?: readonly Fields[];
  /** MetalLB tells this router nothing. */
  readonly none?: true;
}

export interface AdvertisedPool {
  readonly name: string;
  /** Those that are for it. */
  readonly advertisements: readonly Document[];
}

/** @param among whether there may be Eips that are made from none of these pools, so that each entry names its own */
export function routesFor(peer: Document, pools: readonly AdvertisedPool[], among = false): Routes {
  const isTold = ({ spec }: Document) => {
    const peers = strings(spec.peers);
    return peers.length === 0 || peers.includes(peer.metadata.name);
  };
  const byPool = pools.map(({ name, advertisements }) => {
    const routed = advertisements.filter(({ kind }) => kind === 'BGPAdvertisement');
    // One that was announced on a LAN is told to every router.
    return { name, entries: routed.length === 0 ? [{}] : entriesOf(routed.filter(isTold)) };
  });
  const told = byPool.filter(({ entries }) => entries.length > 0);
  if (told.length === 0) return { none: true };
  const groups = new Map<string, { readonly eips: string[]; readonly entries: readonly Fields[] }>();
  for (const { name, entries } of told) {
    const key = JSON.stringify(entries);
    const group = groups.get(key) ?? { eips: [], entries };
    group.eips.push(name);
    groups.set(key, group);
  }
  const all = !among && groups.size === 1 && told.length === byPool.length;
  const advertise = [...groups.values()].flatMap(({ eips, entries }) =>
    entries.map((entry) => (all ? entry : { eips: [...eips], ...entry })),
  );
  return advertise.length === 1 && Object.keys(advertise[0]!).length === 0 ? {} : { advertise };
}

/** One for each pair of prefix lengths. */
function entriesOf(advertisements: readonly Document[]): readonly Fields[] {
  const entries = new Map<string, Record<string, unknown>>();
  for (const { spec } of advertisements) {
    const v4 = spec.aggregationLength ?? 32;
    const v6 = spec.aggregationLengthV6 ?? 128;
    const key = `${v4} ${v6}`;
    const entry = entries.get(key) ?? {
      ...(v4 === 32 ? {} : { aggregationLength: v4 }),
      ...(v6 === 128 ? {} : { aggregationLengthV6: v6 }),
    };
    if (spec.localPref !== undefined && spec.localPref !== 0) entry.localPref ??= spec.localPref;
    const communities = [...new Set([...strings(entry.communities), ...strings(spec.communities)])];
    if (communities.length > 0) entry.communities = communities;
    entries.set(key, entry);
  }
  return [...entries.values()];
}

/** The names that MetalLB's Communities give; well-known ones need none. */
export function aliasesOf(documents: readonly Document[]): Readonly<Record<string, string>> {
  const named = documents
    .filter(({ kind }) => kind === 'Community')
    .flatMap(({ spec }) => list(spec.communities))
    .flatMap(({ name, value }) =>
      typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [],
    )
    .filter(([name, value]) => !isSame(communityOf(name), communityOf(value)));
  return Object.fromEntries(named);
}

function isSame(a: AnyCommunity | undefined, b: AnyCommunity | undefined): boolean {
  return a !== undefined && b !== undefined && a.kind === b.kind && String(a.value) === String(b.value);
}
