/**
 * Calls `run` with each: so many at once, in the order given; and when those are done, one after the other, with each that is to be alone.
 *
 * @param run does not reject
 */
export async function runQueue<T>(
  all: readonly T[],
  o: { readonly atOnce: number; readonly isAlone: (one: T) => boolean; readonly run: (one: T) => Promise<void> },
): Promise<void> {
  const waiting = all.filter((one) => !o.isAlone(one));
  const takeTurns = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await o.run(next);
  };
  await Promise.all(Array.from({ length: o.atOnce }, takeTurns));
  for (const one of all.filter(o.isAlone)) await o.run(one);
}
