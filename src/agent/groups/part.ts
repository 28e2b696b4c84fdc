/** This node's part in a group: what is made of the group, and what it comes to by checks and keys as they are now. */
import type { VipGroup } from '../../api/vip-group.js';
import { describeError } from '../../platform/observability/log.js';
import type { GroupConfig } from '../engine/messages.js';
import { withKeys } from '../keys/group-keys.js';
import { membershipOf } from '../membership.js';
import { trackedChecks } from '../tracking/group-checks.js';
import type { TrackedCheck } from '../tracking/running-check.js';
import type { TrackedGroup } from '../tracking/tracker.js';
import { weighed } from '../tracking/weighed.js';
import type { GroupsState, Part } from './state.js';

/** What is made of a group on this node; undefined where it has no part in it. */
export function partIn(state: GroupsState, group: VipGroup, file: string | undefined): Part | undefined {
  const config = membershipOf(group, state.node, file);
  if (config === undefined) return undefined;
  const checks = trackedChecks(group.spec.vrrp?.checks ?? [], state.checksDir, (track, reason) =>
    tellOfTrackFile(state, group.metadata.name, track, reason),
  );
  return { group, file, config, checks: checks.map((check) => ({ ...check, probe: supervised(state, check.probe) })) };
}

/** What the engine is to be told of it. */
export function fitConfig({ tracker, groupKeys, keys }: GroupsState, { config, group }: Part): GroupConfig {
  const fit = weighed(config, tracker.fitness(config.name));
  return withKeys(groupKeys, fit, group.spec.vrrp?.authentication, keys);
}

/** What of it is checked. */
export function trackedGroup(group: string, { config, checks }: Part): TrackedGroup {
  const { priority, lastResorts = 0 } = config;
  const ordinary = priority > lastResorts;
  const bounds = ordinary ? { lowest: lastResorts + 1, highest: 254 } : { lowest: 1, highest: lastResorts };
  return { group, priority, bounds, checks };
}

function tellOfTrackFile({ log }: GroupsState, group: string, file: string, reason: Error | undefined): void {
  if (reason === undefined) log.info('track file watched again', { group, file });
  else {
    const fields = { group, file, reason: describeError(reason) };
    log.warn('track file not watched: it is looked at each second', fields);
  }
}

/** A check that goes wrong by itself has failed. */
function supervised({ supervisor }: GroupsState, probe: TrackedCheck['probe']): TrackedCheck['probe'] {
  return async (signal) => {
    try {
      return await probe(signal);
    } catch (error) {
      supervisor.failed('check', error);
      return { ok: false, reason: `it could not be made: ${describeError(error)}` };
    }
  };
}
