/** Lets at most so many be at work at a time. The others wait, whoever came first goes first. */
export interface Turns {
  free: number;
  readonly waiting: (() => void)[];
}

/** @param most at least 1 */
export function newTurns(most: number): Turns {
  return { free: most, waiting: [] };
}

/** Does the work when it is its turn, and settles as it does. */
export async function inTurn<T>(turns: Turns, work: () => Promise<T>): Promise<T> {
  if (turns.free > 0) turns.free -= 1;
  else await new Promise<void>((resolve) => turns.waiting.push(resolve));
  try {
    return await work();
  } finally {
    // Handed over rather than freed, so that nobody who comes now gets in between.
    const next = turns.waiting.shift();
    if (next === undefined) turns.free += 1;
    else next();
  }
}
