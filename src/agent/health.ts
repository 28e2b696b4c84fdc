/** What the agent's health endpoints mean: whether to end it, and whether it does what it is for. */
import type { Answer, Route } from '../platform/observability/health.js';

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

/** What makes an agent ready or not, each a sentence or nothing. */
export interface Readiness {
  /** It does not do what it is for. */
  readonly problems: readonly (string | undefined)[];
  /** It does, as far as it can. */
  readonly notes: readonly string[];
}

/** 503 with the problems; 200 with the notes; 200 `ok` when there is nothing to say. */
export function readyRoute(readiness: () => Promise<Readiness>): Route {
  return async (): Promise<Answer> => {
    const { problems, notes } = await readiness();
    const found = problems.filter((each) => each !== undefined);
    if (found.length > 0) return { status: 503, body: lines(found) };
    return { status: 200, body: notes.length === 0 ? 'ok\n' : `ready, but:\n${lines(notes)}` };
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
