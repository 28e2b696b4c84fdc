/** Looks at what a certificate depends on again and again, for as long as it is served. */
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { type Clock, type Log, pause } from '../../platform/kubernetes/clock.js';

export interface Looking {
  stop(): Promise<void>;
}

/** Says what is wrong, once for as long as it stays the same. */
export type Complain = (problem: string, fields: object) => void;

/** How often it is looked, in milliseconds; after a failure, sooner. */
const lookEveryMs = 60_000;
const retryMs = 5_000;

const raceMs = 100;

/** @param o.what what cannot be kept while `look` fails */
export function keepLooking(
  look: (complain: Complain) => Promise<void>,
  o: { readonly what: string; readonly clock: Clock; readonly log: Log },
): Looking {
  const { clock, log } = o;
  const stopping = new AbortController();
  let said: string | undefined;
  let isWrong = false;
  const complain: Complain = (problem, fields) => {
    isWrong = true;
    if (said !== problem) log.warn(problem, fields);
    said = problem;
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      let rest = lookEveryMs;
      try {
        isWrong = false;
        await look(complain);
        if (!isWrong) said = undefined;
      } catch (error) {
        // Another replica was faster: what it wrote is there at the next look.
        const lostRace = hasStatus(error, 409) || hasStatus(error, 422);
        rest = lostRace ? raceMs : retryMs;
        if (!lostRace && !stopping.signal.aborted) {
          complain(`cannot keep ${o.what}, retrying: ${(error as Error).message}`, { error });
        }
      }
      await pause(clock, rest, stopping.signal);
    }
  };

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
