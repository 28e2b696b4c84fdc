import type { Fitness } from '../../core/tracking/effective-priority.js';
import type { GroupConfig } from '../engine/messages.js';
import type { ReasonType } from '../engine/reasons.js';

/** A node's part in a group as its checks leave it: pure. `fitness` is undefined for a group that nothing is checked for. */
export function weighed(config: GroupConfig, fitness: Fitness | undefined): GroupConfig {
  if (fitness === undefined) return config;
  const as = (type: ReasonType) => fitness.reasons.map((message) => ({ type, message }));
  if (!fitness.fit) return { ...config, unfit: as('CheckFailed') };
  if (fitness.reasons.length === 0 || config.priority === 255) return config;
  return { ...config, priority: fitness.priority, weighed: as('PriorityWeighed') };
}
