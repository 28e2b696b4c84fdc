import { setTimeout as wait } from 'node:timers/promises';

/** How many times as long everything may take on this machine: an emulated one is slow. */
const patience = Number(process.env.PATIENCE ?? 1);

/**
 * Polls until `look` returns something other than undefined or false, and returns it.
 * @param what the thing waited for, in words, for the message
 * @throws Error naming what was waited for, for how long, and the last error of `look`, when the deadline passes
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  o: { withinMs?: number; everyMs?: number; onTimeout?: () => string } = {},
): Promise<Exclude<T, undefined | false>> {
  const { everyMs = 20 } = o;
  const withinMs = patience * (o.withinMs ?? 30_000);
  const deadline = performance.now() + withinMs;
  let lastError: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await wait(everyMs);
  } while (performance.now() < deadline);
  const more = o.onTimeout === undefined ? '' : `\n${o.onTimeout()}`;
  throw new Error(`${what}: not within ${withinMs} ms${more}`, { cause: lastError });
}
