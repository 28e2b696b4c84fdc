import { assert } from '../assert.js';
import { type Micros, never } from '../time.js';

/** When to tell neighbours, and how much at a time. */
export interface AnnouncerConfig {
  /**
   * When each round of announcements begins, counted from the start, ascending. The first goes out at once; the next ones are
   * for what was lost, for switch ports that were not forwarding yet, and for caches that a leaving holder answered last.
   */
  readonly rounds: readonly Micros[];
  /** Time between rounds after those; `never` for none. */
  readonly refresh: Micros;
  /** How many addresses are announced in one go, at least 1: adverts and frames of others get their turn between. */
  readonly batch: number;
  /** Time between two batches of a round: what a switch bears. */
  readonly pace: Micros;
}

/**
 * At once, 200 ms, 1 s, 2 s, 5 s, then each minute; 64 addresses each millisecond. A dead leader's kernel may answer for its addresses for up
 * to 1.7 s after its successor's first: the fourth round corrects whoever asked meanwhile.
 */
export const defaultAnnouncerConfig: AnnouncerConfig = {
  rounds: [0, 200_000, 1_000_000, 2_000_000, 5_000_000],
  refresh: 60_000_000,
  batch: 64,
  pace: 1_000,
};

/** The schedule of gratuitous announcements for a list of addresses. Plain, immutable data. */
export interface Announcer {
  readonly config: AnnouncerConfig;
  /** When to call `announceDue`; `never` while idle. */
  readonly deadline: Micros;
  /** How many addresses there are. */
  readonly count: number;
  /** When the running round began, or would have begun had the one before not taken so long. */
  readonly roundAt: Micros;
  /** How many rounds have begun since the start, and were those of `config.rounds`. */
  readonly round: number;
  /** The next address of the running round; 0 between rounds. */
  readonly next: number;
}

/** The addresses to announce now: `count` of them from index `first`; none when `count` is 0. */
export interface Due {
  readonly announcer: Announcer;
  readonly first: number;
  readonly count: number;
}

/** An announcer that has nothing to say. */
export function createAnnouncer(config: AnnouncerConfig = defaultAnnouncerConfig): Announcer {
  const { rounds, batch, refresh, pace } = config;
  assert(rounds[0] === 0, `the first round is at 0, not at ${rounds[0]}`);
  assert(
    rounds.every((at, index) => index === 0 || at > rounds[index - 1]!),
    `rounds ${rounds} do not ascend`,
  );
  assert(Number.isInteger(batch) && batch >= 1, `batch must be a whole number from 1, it is ${batch}`);
  assert(refresh > 0 && pace >= 0, `refresh ${refresh} must be above 0 and pace ${pace} not below`);
  return { config, deadline: never, count: 0, roundAt: never, round: 0, next: 0 };
}

/** Begins the whole schedule, from the first round, for addresses 0 to `count` - 1; whatever was running is forgotten. */
export function startAnnouncing(announcer: Announcer, count: number, now: Micros): Announcer {
  if (count === 0) return stopAnnouncing(announcer);
  return { config: announcer.config, deadline: now, count, roundAt: now, round: 0, next: 0 };
}

/** Says nothing more. */
export function stopAnnouncing(announcer: Announcer): Announcer {
  return { config: announcer.config, deadline: never, count: 0, roundAt: never, round: 0, next: 0 };
}

/**
 * Which addresses are due now, at most one batch, and the next deadline. Early calls give none. After late ones the rounds that
 * were missed are not made up for: one round says everything.
 */
export function announceDue(announcer: Announcer, now: Micros): Due {
  const { config, count, next } = announcer;
  if (now < announcer.deadline) return { announcer, first: 0, count: 0 };
  const batch = Math.min(config.batch, count - next);
  const rest = next + batch;
  if (rest < count) {
    return { announcer: { ...announcer, next: rest, deadline: now + config.pace }, first: next, count: batch };
  }
  return { announcer: nextRound(announcer, now), first: next, count: batch };
}

function nextRound(announcer: Announcer, now: Micros): Announcer {
  const { config } = announcer;
  let { round, roundAt } = announcer;
  do {
    roundAt += gapAfter(config, round);
    round = Math.min(round + 1, config.rounds.length);
  } while (roundAt <= now && round < config.rounds.length);
  const deadline = roundAt > now ? roundAt : now + config.refresh;
  return { ...announcer, round, roundAt: deadline, deadline, next: 0 };
}

/** From the beginning of round `round` to that of the next. */
function gapAfter({ rounds, refresh }: AnnouncerConfig, round: number): Micros {
  const later = rounds[round + 1];
  return later === undefined ? refresh : later - rounds[round]!;
}
