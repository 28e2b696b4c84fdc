/** How one check's results become a verdict. keepalived's `track_script` words. */
export interface CheckConfig {
  readonly name: string;
  /** Successes in a row that bring a failed check back, >= 1. */
  readonly rise: number;
  /** Failures in a row that fail a passing check, >= 1. */
  readonly fall: number;
  /**
   * What a failed check takes off the priority, 1..253. Without it a failed check keeps the node out of the election
   * altogether.
   */
  readonly weight?: number;
}

/** The verdict on one check. Plain, immutable data. */
export interface CheckState {
  /** `unknown` until the first result: it counts as failed for a node that starts, so that it does not lead before it is fit to. */
  readonly verdict: 'unknown' | 'passing' | 'failed';
  /** Results in a row that contradict the verdict. */
  readonly against: number;
  /** What the last failure said; undefined when the last result was a success. */
  readonly failure: string | undefined;
}

export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export const unchecked: CheckState = { verdict: 'unknown', against: 0, failure: undefined };

/** The first result decides at once; after that it takes `rise` or `fall` results in a row to change the verdict. */
export function judge(config: CheckConfig, state: CheckState, result: CheckResult): CheckState {
  const failure = result.ok ? undefined : result.reason;
  const seen = result.ok ? 'passing' : 'failed';
  if (state.verdict === 'unknown') return { verdict: seen, against: 0, failure };
  if (state.verdict === seen) return { verdict: seen, against: 0, failure };
  const against = state.against + 1;
  const needed = result.ok ? config.rise : config.fall;
  return against >= needed ? { verdict: seen, against: 0, failure } : { verdict: state.verdict, against, failure };
}
