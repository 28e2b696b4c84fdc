import type { Stall } from './stalls.js';

/** That a node took leadership, somewhere between two instants (milliseconds since 1970): logs are late or coarse. */
export interface Takeover {
  readonly node: string;
  readonly earliest: number;
  readonly latest: number;
}

/**
 * @param lateMs how late at most a line of the log is, since the thread that writes it may be blocked
 */
export function takeoversOfAgent(node: string, log: string, lateMs: number): readonly Takeover[] {
  return log
    .split('\n')
    .filter((line) => line.includes('"message":"became Active"'))
    .map((line) => Date.parse((JSON.parse(line) as { time: string }).time))
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
