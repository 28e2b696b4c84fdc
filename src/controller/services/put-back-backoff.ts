/**
 * How often a Service's status is put back when somebody undoes it: at once the first time, then after pauses that double. Two programs
 * that answer each other's writes would else write as fast as the server can. Pure: time is an argument, in monotonic milliseconds.
 */

interface Put {
  readonly text: string;
  /** How often the same was written in a row. */
  readonly times: number;
  readonly at: number;
}

/** By uid of the Service, the one that was written longest ago first. */
export type PutBacks = Map<string, Put>;

const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
/** After that long without another it is no fight any more, in milliseconds. */
const calmMs = 600_000;

/** How long to wait before `text` may be written into the Service's status. */
export function putBackPause(puts: PutBacks, uid: string, text: string, now: number): number {
  const put = puts.get(uid);
  if (put === undefined || put.text !== text || isOver(put, now)) return 0;
  return Math.max(0, put.at + pauseAfter(put.times) - now);
}

/** `text` was written. @returns how often in a row that was, this time included */
export function putBack(puts: PutBacks, uid: string, text: string, now: number): number {
  const before = puts.get(uid);
  const times = before === undefined || before.text !== text || isOver(before, now) ? 1 : before.times + 1;
  puts.delete(uid);
  puts.set(uid, { text, times, at: now });
  for (const [other, put] of puts) {
    if (!isOver(put, now)) break;
    puts.delete(other);
  }
  return times;
}

function pauseAfter(times: number): number {
  return times < 2 ? 0 : Math.min(firstPauseMs * 2 ** Math.min(times - 2, 16), longestPauseMs);
}

function isOver({ times, at }: Put, now: number): boolean {
  return now - at > calmMs + pauseAfter(times);
}
