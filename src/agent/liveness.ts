/** Whether the engine moves: pure. */
/** The engine takes a turn each second at least; without one for this long it hangs. */
const hungAfterMs = 5_000;

/** Whether the engine moves. Looked at regularly: whoever asks rarely must not take its last movement for one just now. */
export interface Liveness {
  readonly turns: number;
  /** When the number of turns was last seen to change, in milliseconds of a monotonic clock. */
  readonly movedAt: number;
}

/** @param turns how many turns the engine has taken by now */
export function observed(before: Liveness | undefined, turns: number, nowMs: number): Liveness {
  return before?.turns === turns ? before : { turns, movedAt: nowMs };
}

/** What is wrong with the engine; undefined while it moves. */
export function hungText({ movedAt }: Liveness, nowMs: number): string | undefined {
  const still = nowMs - movedAt;
  return still < hungAfterMs ? undefined : `the engine thread has not moved for ${Math.round(still / 1000)} s`;
}
