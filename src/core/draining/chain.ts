/**
 * Where segments go that a node does not know, of an address that several announce at once: routers choose among them anew whenever one comes or
 * goes, also for connections of those that stay. Nobody knows whose a segment is, so it goes down one list, the same on all: who gets it from a
 * host hands it to the first, each of them to the next, and the last says that nobody knows it.
 */
import type { Micros } from '../time.js';
import { type History, type Lead, self } from './history.js';
import type { Route, Routes } from './routes.js';

/** One of those who announce, or have announced, an address. */
export interface Announcer {
  /** Where it is reached, or `self`. */
  readonly address: string;
  /** It is to be left by its traffic. */
  readonly leaves: boolean;
}

/** Those who announce an address, as one node knows them. */
export interface Announcers {
  /** In the order that all nodes have them in, each once. */
  readonly list: readonly Announcer[];
  /** Differs whenever routers may choose anew. */
  readonly choice: string;
}

/** So many a segment goes to at most, one after the other. */
export const longestChain = 8;

/**
 * The list from now on, as a history in which all ceased at the last change. Who announces no more stands behind the others until its window is
 * over. Who was dead stays so, unless it has come back into service.
 */
export function chainAfter(
  before: { readonly history: History; readonly announcers: Announcers | undefined },
  { list, choice }: Announcers,
  window: Micros,
  now: Micros,
): History {
  const { history, announcers } = before;
  if (announcers?.choice === choice && sameList(announcers.list, list)) return history;
  const former = new Map((announcers?.list ?? []).map((each) => [each.address, each]));
  const known = new Map(announcers === undefined ? [] : history.map((lead) => [lead.leader, lead]));
  const present = list.map(({ address, leaves }): Lead => {
    const lead = known.get(address);
    const isBack = former.get(address)?.leaves !== false && !leaves;
    const isDead = lead?.dead !== undefined && lead.dead + window > now && !isBack;
    return { leader: address, until: now, ...(isDead && { dead: lead.dead! }) };
  });
  const names = new Set(list.map(({ address }) => address));
  const gone = [...known.values()]
    .filter(({ leader, until }) => !names.has(leader) && leader !== self && until + window > now)
    .sort((a, b) => (a.leader < b.leader ? -1 : 1));
  return [...present, ...gone];
}

/**
 * Those of the list who are within reach, at most `longestChain`: where there are more, those first who are to be left, whose connections are the
 * most that move.
 */
export function chainOf(history: History, leaves: (leader: string) => boolean, reached: (leader: string) => boolean) {
  const all = history.filter(({ leader }) => leader === self || reached(leader));
  if (all.length <= longestChain) return all;
  return [...all.filter(({ leader }) => leaves(leader)), ...all.filter(({ leader }) => !leaves(leader))].slice(
    0,
    longestChain,
  );
}

/**
 * @param chain as all nodes have it, those included that are dead
 * @param window for how long after the last change segments go down the list; 0: never
 * @param isStation as of `routesOf`
 */
export function chainRoutes(
  chain: History,
  window: Micros,
  isStation: (leader: string) => boolean,
  now: Micros,
): Routes {
  const until = Math.max(0, ...chain.map((lead) => lead.until)) + window;
  if (window <= 0 || until <= now || chain.length < 2) return {};
  const list = chain.filter(({ dead }) => dead === undefined);
  const own = list.findIndex(({ leader }) => leader === self);
  // What a member hands here has to be told apart from what hosts send, or it would begin at the first again.
  if (!list.every(({ leader }) => leader === self || isStation(leader))) return {};
  const routeTo = (at: number): Route | undefined => list[at] && { to: list[at].leader, until };
  const direct = routeTo(own === 0 ? 1 : 0);
  // The first of two hands to the other what hosts send, so whatever that one hands here is known to neither.
  const isLast = own === list.length - 1 || (own === 0 && list.length === 2);
  const passed = own < 0 || isLast ? undefined : routeTo(own + 1);
  return {
    ...(direct && { direct }),
    ...(passed && { passed, returned: { from: passed.to, route: routeTo(own + 2) } }),
    ...(isLast && { ended: until }),
  };
}

function sameList(a: readonly Announcer[], b: readonly Announcer[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ address, leaves }, at) => address === b[at]?.address && leaves === b[at]?.leaves)
  );
}
