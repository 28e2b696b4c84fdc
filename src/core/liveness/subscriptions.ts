import { type Micros, never } from '../time.js';

/*
 * To whom one who leads answers unasked: those who asked for it lately. Who follows then only listens, as to adverts, and asks again before
 * the time is over, or when an answer is missing.
 *
 * Each address has one subscription, which lasts until its time is over: whoever asks in another's name gets that one no more than one stream,
 * and takes none away.
 */

/** How long answers come after a question that asked for them, and how soon who wants more asks again: two such questions have their time. */
export const subscriptionTime: Micros = 1_000_000;
export const renewalInterval: Micros = 400_000;

/** Between answers. Where there are fewer than ten in the time of a subscription, it saves little. */
export const streamedInterval = { shortest: 10_000, longest: 100_000 } as const;

/** 6400 answers a second, as many as questions are answered. */
const mostSubscriptions = 64;

export interface Subscriptions<Answer> {
  /** By the address that is answered. */
  readonly all: Map<string, Subscription<Answer>>;
}

interface Subscription<Answer> extends Subscriber<Answer> {
  readonly until: Micros;
  due: Micros;
}

export interface Subscriber<Answer> {
  readonly address: string;
  /** Tells it from others at the address. */
  readonly identity: string;
  readonly interval: Micros;
  /** What it is sent. */
  readonly answer: Answer;
}

export function createSubscriptions<Answer>(): Subscriptions<Answer> {
  return { all: new Map() };
}

/** Answers it from now on, or for longer; or not, if the interval is none, or there is no room for it. */
export function subscribe<Answer>({ all }: Subscriptions<Answer>, subscriber: Subscriber<Answer>, now: Micros): void {
  const { address, identity, interval } = subscriber;
  if (!(interval >= streamedInterval.shortest && interval <= streamedInterval.longest)) return;
  const known = all.get(address);
  if (known === undefined ? all.size >= mostSubscriptions : known.identity !== identity && now < known.until) return;
  all.set(address, { ...subscriber, until: now + subscriptionTime, due: tickAfter(interval, now) });
}

/** Gives each answer that is due, once however late it is. */
export function stream<Answer>({ all }: Subscriptions<Answer>, now: Micros, send: (answer: Answer) => void): void {
  for (const [address, subscription] of all) {
    if (now < subscription.due) continue;
    if (now < subscription.until) {
      send(subscription.answer);
      subscription.due = tickAfter(subscription.interval, now);
    } else all.delete(address);
  }
}

/** When `stream` is to be called. */
export function streamDue({ all }: Subscriptions<unknown>): Micros {
  let at = never;
  for (const { due } of all.values()) at = Math.min(at, due);
  return at;
}

/** The same for all with that interval, so that who answers wakes once for them. */
function tickAfter(interval: Micros, now: Micros): Micros {
  return (Math.floor(now / interval) + 1) * interval;
}
