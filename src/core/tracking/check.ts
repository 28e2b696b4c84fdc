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
  /** What the last success adds to the priority, or takes off it when negative. */
  readonly adjustment?: number;
}

export type CheckResult =
  /** `adjustment`: what it adds to the priority, such as what a track file says; not 0. */
  { readonly ok: true; readonly adjustment?: number } | { readonly ok: false; readonly reason: string };

export const unchecked: CheckState = { verdict: 'unknown', against: 0, failure: undefined };

/**
 * The first result decides at once; after that it takes `rise` or `fall` results in a row to change the verdict. What a success adds to
 * the priority counts at once.
 */
export function judge(config: CheckConfig, state: CheckState, result: CheckResult): CheckState {
  const seen = result.ok ? 'passing' : 'failed';
  const against = state.verdict === seen ? 0 : state.against + 1;
  const decides = state.verdict === 'unknown' || against >= (result.ok ? config.rise : config.fall);
  const adjustment = result.ok ? result.adjustment : state.adjustment;
  return {
    verdict: decides ? seen : state.verdict,
    against: decides ? 0 : against,
    failure: result.ok ? undefined : result.reason,
    ...(adjustment === undefined ? {} : { adjustment }),
  };
}
