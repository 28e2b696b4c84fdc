/**
 * Which nodes tell routers what, where the BGPAdvertisements of a pool choose nodes of their own. Pure.
 *
 * With MetalLB a node makes the routes of all advertisements that choose it, and of one prefix one route with the communities of all. An entry of
 * a BgpPeer says all that is said of a prefix, and the first counts: so there is one for the nodes that several choose together, before those for
 * the nodes of each.
 */
import { type Document, type Fields, fields, list } from './document.js';

/** Those that one of these selects; none: all. */
export type Nodes = readonly Fields[];

/** Some advertisements, and the nodes that all of them choose. */
export interface Told {
  readonly advertisements: readonly Document[];
  /** Undefined: the nodes of the pool. */
  readonly nodes?: Nodes;
}

/** Of more choices of nodes the entries would be too many: they double with each. */
const mostChoices = 4;
/** As many as a BgpPeer may have. */
const mostSelectors = 64;

/** Some of a pool's BGPAdvertisements, which choose the same nodes. */
export interface Choice {
  readonly nodes: Nodes;
  readonly advertisements: readonly Document[];
}

/**
 * The BGPAdvertisements of a pool by the nodes that they choose. One, or none: routers are told by the nodes of all of them, since these choose
 * alike, or {@link areTooVaried}.
 */
export function choicesOf(advertisements: readonly Document[]): readonly Choice[] {
  const choices = allChoices(advertisements);
  return areTooMany(choices) ? [] : choices;
}

/** Whether routers are told by other nodes than the advertisements choose, which say different things. */
export function areTooVaried(advertisements: readonly Document[]): boolean {
  const said = advertisements.map(
    ({ spec: { nodeSelectors: _n, ipAddressPools: _p, ipAddressPoolSelectors: _s, ...rest } }) => JSON.stringify(rest),
  );
  return new Set(said).size > 1 && areTooMany(allChoices(advertisements));
}

/**
 * Who tells what: the first that is for a node counts there.
 *
 * @param advertisements what makes routes to the same prefixes, for one router
 * @param whole those of the pool
 * @param said what one says of a route: what says the same need not be told apart
 */
export function toldBy(
  advertisements: readonly Document[],
  whole: readonly Choice[],
  said: (advertisement: Document) => string,
): readonly Told[] {
  if (whole.length < 2) return [{ advertisements }];
  const choices = whole.flatMap(({ nodes, advertisements: all }) => {
    const some = all.filter((each) => advertisements.includes(each));
    return some.length === 0 ? [] : [{ nodes, advertisements: some }];
  });
  if (new Set(advertisements.map(said)).size > 1)
    return withoutIdle(
      subsetsOf(choices).map((subset) => ({
        advertisements: subset.flatMap((each) => each.advertisements),
        ...among(subset.map(({ nodes }) => nodes).reduce(bothOf)),
      })),
    );
  const isOfAll = choices.length === whole.length || choices.some(({ nodes }) => nodes.length === 0);
  return [{ advertisements, ...(isOfAll ? {} : among(choices.flatMap(({ nodes }) => nodes))) }];
}

/** What is for the same nodes as one before it counts nowhere. */
function withoutIdle(told: readonly Told[]): readonly Told[] {
  const first = new Map<string, Told>();
  for (const each of told) {
    const key = JSON.stringify(each.nodes ?? []);
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}

function among(nodes: Nodes): { readonly nodes?: Nodes } {
  return nodes.length === 0 ? {} : { nodes };
}

function areTooMany(choices: readonly Choice[]): boolean {
  const selectors = choices.reduce((product, { nodes }) => product * Math.max(1, nodes.length), 1);
  return choices.length > mostChoices || selectors > mostSelectors;
}

function allChoices(advertisements: readonly Document[]): readonly Choice[] {
  const choices = new Map<string, { readonly nodes: Nodes; readonly advertisements: Document[] }>();
  for (const advertisement of advertisements) {
    const nodes = list(advertisement.spec.nodeSelectors);
    const key = JSON.stringify(nodes);
    const choice = choices.get(key);
    if (choice === undefined) choices.set(key, { nodes, advertisements: [advertisement] });
    else choice.advertisements.push(advertisement);
  }
  return [...choices.values()];
}

/** All but the empty one, the largest first. */
function subsetsOf(choices: readonly Choice[]): readonly (readonly Choice[])[] {
  let subsets: readonly (readonly Choice[])[] = [[]];
  for (const choice of choices) subsets = [...subsets, ...subsets.map((each) => [...each, choice])];
  return subsets.filter((each) => each.length > 0).sort((a, b) => b.length - a.length);
}

/** The nodes that both choose. */
function bothOf(a: Nodes, b: Nodes): Nodes {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return a.flatMap((first) => b.map((second) => ({ matchExpressions: [...demands(first), ...demands(second)] })));
}

/** What a selector asks for, in the one form in which two can be put together. */
function demands(selector: Fields): readonly Fields[] {
  const labels = Object.entries(fields(selector.matchLabels));
  return [
    ...labels.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...list(selector.matchExpressions),
  ];
}
