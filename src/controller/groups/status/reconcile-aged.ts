/** Corrects what VipGroups say of agents that nobody hears of, and removes the Leases of nodes that are gone. */
import { agentLeaseName } from '../../../api/agent-lease.js';
import type { VipGroup } from '../../../api/vip-group.js';
import { hasStatus } from '../../../platform/kubernetes/api-error.js';
import { leases } from '../../../platform/kubernetes/builtin-resources.js';
import { type Again, overtaken } from '../../../platform/kubernetes/work-queue.js';
import { readAgain } from '../../cache/read-again.js';
import { type Context, fieldManager } from '../../context/context.js';
import { vipGroups } from '../../objects/resources.js';
import { sameJson } from '../../objects/same-json.js';
import { agedStatus } from './aged-status.js';

export interface AgedReconciler {
  /** Whether a group says something that is not to be shown any more. */
  isAged(group: VipGroup): boolean;
  /** Corrects one group. */
  group(name: string): Promise<Again | undefined>;
  /** A node is gone and its agent silent: its Lease goes, too. */
  node(name: string): Promise<undefined>;
}

export function createAgedReconciler(
  c: Pick<Context, 'client' | 'world' | 'agents' | 'standings' | 'settings' | 'clock'>,
): AgedReconciler {
  const aged = (group: VipGroup) => {
    const now = `${new Date(c.clock.wall()).toISOString().slice(0, 19)}Z`;
    return agedStatus(group, c.agents.silence, c.standings.of, now);
  };
  return {
    isAged: (group) => aged(group) !== undefined,
    async group(name) {
      const group = c.world.vipGroups.get(name);
      const status = group && aged(group);
      if (group === undefined || status === undefined) return undefined;
      const { uid, resourceVersion } = group.metadata;
      const { announcing, since } = status;
      // A hundred agents that report at once must not keep each other's count from being written.
      const counted = { ...group.status, announcing, since };
      const onlyCount = sameJson(counted, status);
      const gone = {
        ...(status.holder === undefined ? { holder: null } : {}),
        ...(status.notHeld === undefined ? { notHeld: null } : {}),
      };
      const patch = { status: onlyCount ? { announcing, since } : { ...status, ...gone } };
      try {
        const version = onlyCount ? {} : { resourceVersion };
        const guard = { uid, ...version, subresource: 'status', fieldManager };
        c.world.vipGroups.wrote(await c.client.mergePatch<VipGroup>(vipGroups, name, patch, guard));
        return undefined;
      } catch (error) {
        // Its agents have said something meanwhile, or it is gone.
        const refused = hasStatus(error, 404) || hasStatus(error, 409);
        if (refused && (await readAgain<VipGroup>(c.client, vipGroups, name, c.world.vipGroups))) return overtaken;
        throw error;
      }
    },
    async node(name) {
      if (c.world.node(name) !== undefined || c.agents.silence(name) === undefined) return undefined;
      await c.client.remove(leases, `${c.settings.namespace}/${agentLeaseName(name)}`);
      return undefined;
    },
  };
}
