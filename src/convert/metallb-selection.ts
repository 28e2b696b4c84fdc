/** Which of MetalLB's advertisements are for which pools, found out once: there may be thousands of each. */
import { type Document, list, strings } from './document.js';
import { selects } from './selector.js';

export interface Selection {
  /** The advertisements that are for a pool, in the order of the documents, at most `mostForOne`. */
  of(pool: Document): readonly Document[];
  /** Whether there are more of them. */
  isCutShort(pool: Document): boolean;
  /** Whether an advertisement is for any pool. */
  isOfUse(advertisement: Document): boolean;
}

/** Of more advertisements of one pool the rest does not count. */
export const mostForOne = 128;

/**
 * Without a list and without a selector an advertisement is for every pool, but those that bring their own.
 *
 * @param documents MetalLB's, of any kind
 */
export function selectionOf(documents: readonly Document[]): Selection {
  const pools = documents.filter(({ kind }) => kind === 'IPAddressPool');
  const index = indexOf(pools);
  const found = new Map<Document, Document[]>(pools.map((pool) => [pool, []]));
  const cutShort = new Set<Document>();
  const useful = new Set<Document>();
  for (const advertisement of documents) {
    if (advertisement.kind !== 'L2Advertisement' && advertisement.kind !== 'BGPAdvertisement') continue;
    for (const pool of chosen(advertisement, index)) {
      useful.add(advertisement);
      const list = found.get(pool)!;
      if (list.length < mostForOne) list.push(advertisement);
      else cutShort.add(pool);
    }
  }
  return {
    of: (pool) => found.get(pool) ?? [],
    isCutShort: (pool) => cutShort.has(pool),
    isOfUse: (advertisement) => useful.has(advertisement),
  };
}

interface Index {
  /** Those that bring no advertisements of their own. */
  readonly all: readonly Document[];
  readonly byName: ReadonlyMap<string, readonly Document[]>;
  /** Pools with the same labels. */
  readonly byLabels: readonly (readonly Document[])[];
  readonly byOwner: ReadonlyMap<string, readonly Document[]>;
}

function indexOf(pools: readonly Document[]): Index {
  const all = pools.filter(({ madeFor }) => madeFor === undefined);
  const labelsOf = ({ metadata }: Document) =>
    JSON.stringify(Object.entries(metadata.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    all,
    byName: grouped(all, ({ metadata }) => metadata.name),
    byLabels: [...grouped(all, labelsOf).values()],
    byOwner: grouped(pools, ({ madeFor = '' }) => madeFor),
  };
}

function grouped(pools: readonly Document[], keyOf: (pool: Document) => string): Map<string, Document[]> {
  const groups = new Map<string, Document[]>();
  for (const pool of pools) {
    const group = groups.get(keyOf(pool));
    if (group === undefined) groups.set(keyOf(pool), [pool]);
    else group.push(pool);
  }
  return groups;
}

/** Each once. */
function chosen({ spec, madeFor }: Document, { all, byName, byLabels, byOwner }: Index): Iterable<Document> {
  if (madeFor !== undefined) return byOwner.get(madeFor) ?? [];
  const names = strings(spec.ipAddressPools);
  const selectors = list(spec.ipAddressPoolSelectors);
  if (names.length === 0 && selectors.length === 0) return all;
  const selected = byLabels.filter(([pool]) => selectors.some((each) => selects(each, pool!.metadata.labels ?? {})));
  return new Set([...names.flatMap((name) => byName.get(name) ?? []), ...selected.flat()]);
}
