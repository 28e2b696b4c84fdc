import type { Fitness } from '../../core/tracking/effective-priority.js';
import type { GroupConfig } from '../engine/messages.js';

/** A node's part in a group as its checks leave it: pure. `fitness` is undefined for a group that nothing is checked for. */
export function weighed(config: GroupConfig, fitness: Fitness | undefined): GroupConfig {
  if (fitness === undefined) return config;
  if (!fitness.fit) return { ...config, unfit: fitness.reason };
  if (fitness.reason === undefined || config.priority === 255) return config;
  return { ...config, priority: fitness.priority, weighed: fitness.reason };
}
