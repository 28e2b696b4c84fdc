import type { Stall } from './stalls.js';

/** That a node took leadership, somewhere between two instants (milliseconds since 1970): logs are late or coarse. */
export interface Takeover {
  readonly node: string;
  readonly earliest: number;
  readonly latest: number;
}

/**
 * A line that repeats what a group is, is no takeover.
 * @param lateMs how late at most a line of the log is, since the thread that writes it may be blocked
 */
export function takeoversOfAgent(node: string, log: string, lateMs: number): readonly Takeover[] {
  const states = new Map<string, string>();
  return log
    .split('\n')
    .filter((line) => line.includes('"message":"group"'))
    .map((line) => JSON.parse(line) as { time: string; group: string; state: string })
    .filter(({ group, state }) => {
      const before = states.get(group);
      states.set(group, state);
      return state === 'Active' && before !== 'Active';
    })
    .map(({ time }) => Date.parse(time))
    .map((at) => ({ node, earliest: at - lateMs, latest: at }));
}

/** keepalived's log has whole seconds of local time. */
export function takeoversOfKeepalived(node: string, log: string): readonly Takeover[] {
  return [...log.matchAll(/^(.*?): \(\S+\) Entering MASTER STATE/gm)]
    .map(([, time]) => Date.parse(time!))
    .map((second) => ({ node, earliest: second, latest: second + 999 }));
}

/** Whether it may have come of the stall: not before it began, nor later than `consequencesMs` after it ended. */
export function mayBeOf(stall: Stall, { earliest, latest }: Takeover, consequencesMs: number): boolean {
  return latest >= stall.from && earliest <= stall.until + consequencesMs;
}
