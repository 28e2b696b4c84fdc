/** Which key each group signs with, and what is wrong with its keys: one record, which the functions beside it work on. */
import type { Logger } from '../../platform/observability/log.js';
import type { AdvertKey, GroupConfig } from '../engine/messages.js';
import type { KeyDirectory } from './key-directory.js';
import { type AuthenticationSettings, keyed } from './keyed.js';

export interface GroupKeys {
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** The key that each group signed with last. */
  readonly signedWith: Map<string, AdvertKey>;
  /** What was last said to be wrong, by group. */
  readonly problems: Map<string, string>;
}

export function newGroupKeys(log: GroupKeys['log']): GroupKeys {
  return { log, signedWith: new Map(), problems: new Map() };
}

/**
 * The node's part in a group with the keys that there are now.
 *
 * @param settings `vrrp.authentication` of the group
 * @param directory undefined when the agent has none with keys
 */
export function withKeys(
  g: GroupKeys,
  config: GroupConfig,
  settings: AuthenticationSettings | undefined,
  directory: Pick<KeyDirectory, 'ring'> | undefined,
): GroupConfig {
  const { name } = config;
  const ring = settings && directory?.ring(settings.keys);
  const found = keyed(config, settings, ring, g.signedWith.get(name));
  const { signing, problem } = found.authentication ?? {};
  if (signing !== undefined) g.signedWith.set(name, signing);
  tellOf(g, name, problem?.message);
  return found;
}

function tellOf({ log, problems }: GroupKeys, group: string, problem: string | undefined): void {
  if (problems.get(group) === problem) return;
  if (problem === undefined) {
    problems.delete(group);
    log.info('keys in order again', { group });
  } else {
    problems.set(group, problem);
    log.error('keys not in order', { group, problem });
  }
}

/** The group has no part on this node any more. */
export function forgetKeys({ signedWith, problems }: GroupKeys, group: string): void {
  signedWith.delete(group);
  problems.delete(group);
}
