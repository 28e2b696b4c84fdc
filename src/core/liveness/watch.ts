import { type Micros, never } from '../time.js';
import { leastQuestions, type Pace, type Patience } from './patience.js';

/*
 * Whether the program that leads on another host lives, as one who follows it sees it. Its adverts prove that; where they are rare it is asked
 * between them, by questions (core/bfd/seamless) that only the program itself answers, not its kernel.
 *
 *   unproven   whether it answers at all is not known: it is asked now and then; its silence means nothing
 *   proven     it has answered, so its silence will mean something
 *   lost       nothing was heard of it for the patience, neither adverts nor answers; asked at once when it advertises again
 *
 *   proven, silent for `askAfter`             asked each `askEvery`
 *   proven, silent for `limit`                lost, if at least two questions have had their time
 *   proven, adverts come but answers do not   unproven: questions are not let through, which says nothing about the program
 *   proven, and adverts come                  asked each 10 s, to know whether it is still so
 *
 * Where it would be asked each few milliseconds it is asked to answer unasked for a while (`subscriptions`). As long as such answers come, the
 * pace is that of `streamed`; when other signs of life come without them, that of the questions again.
 */

/** How long one who does not answer is left in peace, at first and at the most. */
const firstPause: Micros = 1_000_000;
const longestPause: Micros = 30_000_000;
/** Unanswered questions beside which adverts prove that it is the questions that are lost. */
const unansweredBesideAdverts = 3;

/** What one who follows knows of one who leads. Plain, immutable data; instants are of the driver's monotonic clock. */
export interface Watch {
  readonly patience: Patience;
  readonly standing: 'unproven' | 'proven' | 'lost';
  /** When the kernel took in the last sign of life; `-never` before the first. */
  readonly heardAt: Micros;
  /** When the kernel took in the last answer that came unasked; `-never` before the first. */
  readonly streamedAt: Micros;
  /** When it was last asked; `-never` before the first time. */
  readonly askedAt: Micros;
  /** How often it was asked since it was heard, and since it answered. */
  readonly askedSinceHeard: number;
  readonly askedSinceAnswer: number;
  /** When to call `stepWatch` with 'time'. */
  readonly deadline: Micros;
}

export type WatchInput =
  /** An advert of it that counts, of whatever group. */
  | { readonly type: 'advert'; readonly at: Micros }
  | { readonly type: 'answer'; readonly at: Micros; readonly unasked: boolean }
  /** A deadline may have passed. `drainedAt`: all that had come in by then has been given, adverts and answers. */
  | { readonly type: 'time'; readonly drainedAt: Micros };

export type WatchOutput =
  /** Ask it now. */
  | 'ask'
  /** Read what waits, and give 'time' once more: only then can its silence be judged. */
  | 'drain'
  /** Nothing was heard of it for the patience. */
  | 'lost';

export interface WatchStep {
  readonly watch: Watch;
  readonly output: WatchOutput | undefined;
}

/** Nothing is known of it yet but that it is to be watched. */
export function createWatch(patience: Patience, now: Micros): Watch {
  return {
    patience,
    standing: 'unproven',
    heardAt: -never,
    streamedAt: -never,
    askedAt: -never,
    askedSinceHeard: 0,
    askedSinceAnswer: 0,
    deadline: now,
  };
}

/** Gives the watch one input. `now` never runs backwards; early calls change nothing, late ones never lose anybody unasked. */
export function stepWatch(watch: Watch, input: WatchInput, now: Micros): WatchStep {
  switch (input.type) {
    case 'advert':
      return quietly(hearAdvert(watch, input.at));
    case 'answer':
      return quietly(hearAnswer(watch, input.at, input.unasked));
    case 'time':
      return passTime(watch, input.drainedAt, now);
  }
}

function passTime(watch: Watch, drainedAt: Micros, now: Micros): WatchStep {
  const { patience, standing, heardAt, streamedAt, askedAt, askedSinceHeard, askedSinceAnswer } = watch;
  if (isSilent(watch, now)) {
    const { askAgain } = paceOf(patience, heardAt, streamedAt);
    const judgedUpTo = Math.max(heardAt + patience.limit, askedAt + askAgain);
    if (drainedAt < judgedUpTo) return { watch, output: 'drain' };
    return { watch: watchOf(patience, 'lost', heardAt, streamedAt, askedAt, askedSinceHeard, 0), output: 'lost' };
  }
  if (now < watch.deadline) return quietly(watch);
  return {
    watch: watchOf(patience, standing, heardAt, streamedAt, now, askedSinceHeard + 1, askedSinceAnswer + 1),
    output: 'ask',
  };
}

/** Whether its silence is long enough, and it had the time to answer. */
function isSilent({ standing, heardAt, streamedAt, askedAt, askedSinceHeard, patience }: Watch, now: Micros): boolean {
  const { askAgain } = paceOf(patience, heardAt, streamedAt);
  const hadTime = askedSinceHeard >= leastQuestions && now >= askedAt + askAgain;
  return standing === 'proven' && hadTime && now >= heardAt + patience.limit;
}

/** Whether it has just been asked for the first time because it is silent. */
export function isDoubted({ patience, standing, heardAt, streamedAt, askedAt, askedSinceHeard }: Watch): boolean {
  const { askAfter } = paceOf(patience, heardAt, streamedAt);
  return standing === 'proven' && askedSinceHeard === 1 && askedAt >= heardAt + askAfter;
}

/** Whoever is heard for so long without answers that come unasked sends none any more. */
function paceOf(patience: Patience, heardAt: Micros, streamedAt: Micros): Pace {
  const { streamed } = patience;
  return streamed !== undefined && heardAt < streamedAt + streamed.askAfter ? streamed : patience;
}

/** When the next question is due. */
function askAt(
  { askAfter, askEvery, askAgain, proveEvery }: Pace,
  limit: Micros,
  standing: Watch['standing'],
  heardAt: Micros,
  askedAt: Micros,
  askedSinceHeard: number,
  askedSinceAnswer: number,
): Micros {
  if (standing !== 'proven') {
    if (askedSinceAnswer === 0) return askedAt === -never ? -never : askedAt + firstPause;
    return askedAt + Math.min(firstPause * 2 ** (askedSinceAnswer - 1), longestPause);
  }
  const pause = askedSinceHeard === 0 ? askEvery : askAgain;
  const next = askedAt + pause;
  const lostAt = heardAt + limit;
  // One that had no time to be answered would only put the verdict off.
  if (askedSinceHeard >= leastQuestions && next + pause > lostAt) return Math.max(next, lostAt);
  const silence = Math.max(heardAt + askAfter, next);
  return Math.min(silence, askedAt + (askedSinceAnswer > 0 ? firstPause : proveEvery));
}

function hearAnswer({ patience, heardAt, streamedAt, askedAt }: Watch, at: Micros, unasked: boolean): Watch {
  const streamed = unasked ? Math.max(streamedAt, at) : streamedAt;
  return watchOf(patience, 'proven', Math.max(heardAt, at), streamed, askedAt, 0, 0);
}

function hearAdvert({ patience, standing, heardAt, streamedAt, askedAt, askedSinceAnswer }: Watch, at: Micros): Watch {
  const last = Math.max(heardAt, at);
  // It is back, or was never gone: whether it answers is to be known soon.
  if (standing === 'lost') return watchOf(patience, 'unproven', last, -never, -never, 0, 0);
  // Unless the advert is older than the questions: then it proves nothing about them.
  const isUnanswered = askedSinceAnswer >= unansweredBesideAdverts && at > askedAt;
  return watchOf(patience, isUnanswered ? 'unproven' : standing, last, streamedAt, askedAt, 0, askedSinceAnswer);
}

/** With its deadline. Written out field by field: with fast detection there are two of them for each question. */
function watchOf(
  patience: Patience,
  standing: Watch['standing'],
  heardAt: Micros,
  streamedAt: Micros,
  askedAt: Micros,
  askedSinceHeard: number,
  askedSinceAnswer: number,
): Watch {
  const pace = paceOf(patience, heardAt, streamedAt);
  const due = askAt(pace, patience.limit, standing, heardAt, askedAt, askedSinceHeard, askedSinceAnswer);
  const deadline = Math.max(due, -never);
  return { patience, standing, heardAt, streamedAt, askedAt, askedSinceHeard, askedSinceAnswer, deadline };
}

function quietly(watch: Watch): WatchStep {
  return { watch, output: undefined };
}
