import type { CheckConfig, CheckState } from './check.js';

/** With which priority a node takes part in an election, or why it stays out. */
export type Fitness =
  /** `reason`: what was taken off the priority, and why. */
  | { readonly fit: true; readonly priority: number; readonly reason?: string }
  | { readonly fit: false; readonly reason: string };

/**
 * The priority a node has left. Weights of failed checks add up; the result stays within `lowest`..254. An owner (255) is never
 * weighed (RFC 9568 section 5.2.4 keeps 255 for it), but a failed check without a weight keeps even an owner out.
 */
export function effectivePriority(
  priority: number,
  checks: readonly { readonly config: CheckConfig; readonly state: CheckState }[],
  lowest = 1,
): Fitness {
  let left = priority;
  const reasons: string[] = [];
  for (const { config, state } of checks) {
    if (state.verdict === 'passing') continue;
    const cause =
      state.verdict === 'unknown' ? 'it has not run yet' : (state.failure ?? 'not enough successes in a row yet');
    if (config.weight !== undefined) {
      left -= config.weight;
      reasons.push(`check ${config.name} takes ${config.weight} off the priority: ${cause}`);
      continue;
    }
    return { fit: false, reason: `check ${config.name} fails: ${cause}` };
  }
  if (priority === 255) return { fit: true, priority };
  const reason = reasons.length === 0 ? {} : { reason: reasons.join('; ') };
  return { fit: true, priority: Math.min(254, Math.max(lowest, left)), ...reason };
}
