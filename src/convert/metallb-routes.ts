/**
 * What MetalLB's BGPAdvertisements tell each router, in the words of a BgpPeer.
 *
 * MetalLB makes the routes of all advertisements that are for an address, and of one prefix one route with the communities of all. A BgpPeer
 * has a list of which the first entry counts for a prefix: so there is one entry for each prefix length that a pool is announced by, and pools
 * of which the same is said share entries.
 * Source: MetalLB internal/config/config.go, speaker/bgp_controller.go (v0.16).
 */
import { advertise } from '../api/bgp-advertise.js';
import { type AnyCommunity, communityOf } from '../api/communities.js';
import type { Document, Fields } from './document.js';
import { list, strings } from './document.js';
import { type Choice, toldBy } from './metallb-route-nodes.js';

export interface Routes {
  /** `spec.advertise`; undefined: one route for each address of every Eip. */
  readonly advertise?: readonly Fields[];
  /** MetalLB tells this router nothing. */
  readonly none?: true;
  /** It is told by the nodes of all advertisements of a pool, since a BgpPeer has not room for more. */
  readonly gathered?: true;
}

export interface AdvertisedPool {
  readonly name: string;
  /** The BGPAdvertisements that are for it; none: it was announced on a LAN, and is told to every router. */
  readonly routed: readonly Document[];
  /** These by nodes, as `choicesOf` has them. */
  readonly choices: readonly Choice[];
}

/** As many entries as `spec.advertise` may have. */
const mostEntries = advertise.maxItems;

/** @param among whether there may be Eips that are made from none of these pools, so that each entry names its own */
export function routesFor(peer: Document, pools: readonly AdvertisedPool[], among = false): Routes {
  const routes = routesOf(peer, pools, among);
  if ((routes.advertise?.length ?? 0) <= mostEntries || pools.every(({ choices }) => choices.length < 2)) return routes;
  const alike = pools.map((pool) => ({ ...pool, choices: [] }));
  return { ...routesOf(peer, alike, among), gathered: true };
}

function routesOf(peer: Document, pools: readonly AdvertisedPool[], among: boolean): Routes {
  const isTold = ({ spec }: Document) => {
    const peers = strings(spec.peers);
    return peers.length === 0 || peers.includes(peer.metadata.name);
  };
  const byPool = pools.map(({ name, routed, choices }) => ({
    name,
    entries: routed.length === 0 ? [{}] : entriesOf(routed.filter(isTold), choices),
  }));
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
  const entries = [...groups.values()].flatMap(({ eips, entries }) =>
    entries.map((entry) => (all ? entry : { eips: [...eips], ...entry })),
  );
  return entries.length === 1 && Object.keys(entries[0]!).length === 0 ? {} : { advertise: entries };
}

/** One for each pair of prefix lengths, and where that depends on the node, for each choice of nodes. */
function entriesOf(advertisements: readonly Document[], choices: readonly Choice[]): readonly Fields[] {
  const byLengths = new Map<string, Document[]>();
  for (const each of advertisements) {
    const key = JSON.stringify(lengthsOf(each));
    byLengths.set(key, [...(byLengths.get(key) ?? []), each]);
  }
  const said = (each: Document) => JSON.stringify(attributesOf([each]));
  return [...byLengths.values()].flatMap((alike) =>
    toldBy(alike, choices, said).map(({ advertisements: some, nodes }) => ({
      ...(nodes === undefined ? {} : { nodeSelectors: nodes }),
      ...lengthsOf(some[0]!),
      ...attributesOf(some),
    })),
  );
}

function lengthsOf({ spec }: Document): Fields {
  const v4 = spec.aggregationLength ?? 32;
  const v6 = spec.aggregationLengthV6 ?? 128;
  return {
    ...(v4 === 32 ? {} : { aggregationLength: v4 }),
    ...(v6 === 128 ? {} : { aggregationLengthV6: v6 }),
  };
}

function attributesOf(advertisements: readonly Document[]): Fields {
  const preferred = advertisements.find(({ spec }) => spec.localPref !== undefined && spec.localPref !== 0);
  const communities = [...new Set(advertisements.flatMap(({ spec }) => strings(spec.communities)))];
  return {
    ...(preferred === undefined ? {} : { localPref: preferred.spec.localPref }),
    ...(communities.length === 0 ? {} : { communities }),
  };
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
