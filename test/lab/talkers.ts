import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { type Process, programArguments } from './process.js';

/** What became of connections that somebody talks on all the time. */
export interface Talks {
  /** How many have been open. */
  readonly open: number;
  /** Of each that broke: where it went, and how it ended. */
  readonly broken: readonly string[];
  /** How many wait for something that was said longer than `longSilenceMs` ago. */
  readonly silent: number;
  /** How many, that did not break, have waited for so long at any time. */
  readonly slow: number;
  /** The longest that was waited for something to be said back, on those that did not break. */
  readonly longestMs: number;
  /** The latest that the program itself was: what may be the machine's fault. */
  readonly latestMs: number;
  /** Bytes that were said back. */
  readonly heard: number;
  /** From which ports the latest ones come, one for each address. */
  readonly newest: readonly number[];
}

export const longSilenceMs = 300;

export interface Talkers {
  now(): Talks;
  /** What has become of them a moment after this call, in which something is said on each. */
  later(): Promise<Talks>;
  /** Opens one more to each address. */
  another(): void;
  /** Begins to measure the longest silence anew. */
  forget(): void;
  stop(): Promise<Talks>;
}

/** Opens `count` connections to each address, to say something on each so often; resolves when all are open. */
export async function startTalkers(
  host: Pick<Host, 'start'>,
  addresses: readonly string[],
  port: number,
  count: number,
  everyMs = 50,
): Promise<Talkers> {
  const program = programArguments(new URL('./programs/talkers', import.meta.url), import.meta.url);
  // Not ahead of others: what the kernel does with its packets, as node and as Pod, is done in its name.
  const talkers = host.start('talkers', process.execPath, [
    ...program,
    String(count),
    String(port),
    String(everyMs),
    ...addresses,
  ]);
  let lines = 0;
  let latest: Talks = { open: 0, broken: [], silent: 0, slow: 0, longestMs: 0, latestMs: 0, heard: 0, newest: [] };
  talkers.onLine((line) => {
    latest = JSON.parse(line) as Talks;
    lines++;
  });
  const said = () => `${JSON.stringify(latest)}\n${talkers.log()}`;
  await eventually('all connections', () => latest.open === count * addresses.length && latest.heard > 0, {
    withinMs: 20_000,
    onTimeout: said,
  });
  return {
    now: () => latest,
    later: async () => {
      const then = lines;
      await eventually('something said', () => lines > then + 3, { onTimeout: said });
      return latest;
    },
    another: () => talkers.write('new'),
    forget: () => talkers.write('forget'),
    stop: async () => {
      talkers.end();
      await talkers.exited;
      return latest;
    },
  };
}

/** Says back what it hears. */
export async function startEcho(start: Host['start'], port: number): Promise<Process> {
  const program = programArguments(new URL('./programs/echo', import.meta.url), import.meta.url);
  const echo = start('echo', process.execPath, [...program, String(port)]);
  let ready = false;
  echo.onLine(() => {
    ready = true;
  });
  await eventually('an echo', () => ready, { onTimeout: () => echo.log() });
  return echo;
}
