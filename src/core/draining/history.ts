/**
 * Who has led an address, as far as one node has heard: what decides to whom it hands segments of connections that it does not know.
 *
 * Every node hears the same adverts, so all have nearly the same list. A segment goes down the list: whoever leads now hands it to who led
 * before, that one, if it does not know it either, to who led before that. Each stands in the list once and hands on only to who stands behind it,
 * so a segment ends where its connection began, or behind the last one.
 */
import { type Micros, never } from '../time.js';

/** One that leads, or has led. */
export interface Lead {
  /** The address that its adverts come from, or `self`. */
  readonly leader: string;
  /** When it ceased to; `never` while it leads. */
  readonly until: Micros;
  /** Since when its node is taken for dead, and what it knew of connections for gone. */
  readonly dead?: Micros;
  /**
   * It leads by one advert, and no second one has come yet. Who was taken for the leader for a moment, or yielded at once, has led nothing:
   * it is forgotten when somebody else leads, and nobody hands it anything then.
   */
  readonly claimed?: true;
}

/** The latest first, each leader once. */
export type History = readonly Lead[];

export const self = 'self';

/** Where a segment may have to go on from one to the next: so many leaders are remembered, and hops made fewer. */
export const mostLeaders = 4;

/** From `now` on `leader` leads. */
export function led(history: History, leader: string, now: Micros): History {
  const [latest] = history;
  if (latest?.leader === leader && latest.until === never && latest.claimed === undefined) return history;
  const before = history
    .filter((lead) => lead.leader !== leader && lead.claimed === undefined)
    .map((lead) => (lead.until === never ? { ...lead, until: now } : lead));
  return [{ leader, until: never }, ...before].slice(0, mostLeaders);
}

/** From `now` on `leader` leads, by its first advert. It may have led before, and is remembered for that until it is known to lead again. */
export function claims(history: History, leader: string, now: Micros): History {
  const [latest] = history;
  if (latest?.leader === leader && latest.until === never) return history;
  return [{ leader, until: never, claimed: true }, ...ended(history, now)];
}

/** Nobody is known to lead from `now` on. */
export function ended(history: History, now: Micros): History {
  return history
    .filter(({ claimed }) => claimed === undefined)
    .map((lead) => (lead.until > now ? { ...lead, until: now } : lead));
}

/** The node of a former leader is dead. It comes back with its next lead; one that leads still is known to live, by its adverts. */
export function died(history: History, leader: string, now: Micros): History {
  const isLost = (lead: Lead) => lead.leader === leader && lead.until !== never && lead.dead === undefined;
  return history.some(isLost) ? history.map((lead) => (isLost(lead) ? { ...lead, dead: now } : lead)) : history;
}

/** It was not: its node answers. */
export function lives(history: History, leader: string): History {
  const isBack = (lead: Lead) => lead.leader === leader && lead.dead !== undefined;
  if (!history.some(isBack)) return history;
  return history.map((lead) => (isBack(lead) ? { leader, until: lead.until } : lead));
}

/** With those behind it who are remembered from before, by another run of this agent. */
export function withOlder(history: History, older: History): History {
  const unknown = older.filter(({ leader }) => history.every((each) => each.leader !== leader));
  return [...history, ...unknown].slice(0, mostLeaders);
}

/** Without those whose window is over. */
export function recent(history: History, window: Micros, now: Micros): History {
  return history.every(({ until }) => until + window > now)
    ? history
    : history.filter(({ until }) => until + window > now);
}
