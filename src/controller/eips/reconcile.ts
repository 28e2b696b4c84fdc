/** The status of one Eip, written at once when it is new and then at most once a second, and the Events that go with it. */
import type { Eip } from '../../api/eip.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { readAgain } from '../cache/read-again.js';
import { type Context, fieldManager } from '../context/context.js';
import { followingOf } from '../context/following.js';
import { createWarnings, mostWarnings } from '../events/warnings.js';
import { eligibleNodes } from '../nodes/eligible-nodes.js';
import { finalizersToKeep } from '../objects/finalizers.js';
import { eipReference } from '../objects/references.js';
import { eips } from '../objects/resources.js';
import { sameJson } from '../objects/same-json.js';
import { statusNews } from './news.js';
import { eipStatus } from './status.js';
import { eipWarnings, overlapWarnings } from './warnings.js';

/** The least time between two writes of one status, in milliseconds. */
const writeEveryMs = 1000;

export interface EipReconciler {
  reconcile(name: string): Promise<Again | undefined>;
}

export function createEipReconciler(c: Context): EipReconciler {
  const writtenAt = new Map<string, number>();
  const warnings = createWarnings(c.recorder);

  const adopt = async (eip: Eip) => {
    const finalizers = finalizersToKeep(eip.metadata);
    if (finalizers === undefined) return;
    const { name, uid, resourceVersion } = eip.metadata;
    const guard = { uid, resourceVersion, fieldManager };
    await c.client.mergePatch<Eip>(eips, name, { metadata: { finalizers } }, guard);
  };

  const reconcile = async (name: string): Promise<Again | undefined> => {
    const eip = c.world.eips.get(name);
    if (eip === undefined) {
      writtenAt.delete(name);
      warnings.forget(name);
      return undefined;
    }
    const said = [...eipWarnings(eip), ...overlapWarnings(name, c.world.pools())];
    warnings.tell(name, eipReference(eip), said.slice(0, mostWarnings));
    const waited = c.clock.now() - (writtenAt.get(name) ?? Number.NEGATIVE_INFINITY);
    if (waited < writeEveryMs) return { after: writeEveryMs - waited };
    await adopt(eip);
    const pool = c.world.pools().find((each) => each.name === name);
    if (pool === undefined) return undefined;
    const now = `${new Date(c.clock.wall()).toISOString().slice(0, 19)}Z`;
    const status = eipStatus(pool, c.assignments.ofPool(name), eip.status, now, {
      led: groupsOf(name).map((group) => ({ group, standing: c.standings.of(group) })),
      unplaced: c.unplaced.get(name) ?? [],
      eligible: eligibleNodes(eip, c.world.nodes()).length,
      exclusions: c.exclusions(),
      following: followingOf(c.following, `${eips.plural}/${name}`, eip.status?.conditions),
    });
    if (sameJson(eip.status, status)) return undefined;
    writtenAt.set(name, c.clock.now());
    const patch = [{ op: 'add', path: '/status', value: status }] as const;
    const guard = { uid: eip.metadata.uid, subresource: 'status', fieldManager };
    try {
      c.world.eips.wrote(await c.client.jsonPatch<Eip>(eips, name, patch, guard));
    } catch (error) {
      // So wrong that the server takes no status of it (1.29 and older): the Event has to do.
      if (pool.fault === undefined || !hasStatus(error, 422)) throw error;
    }
    for (const { type, reason, message } of statusNews(eip.status, status)) {
      c.recorder.event(eipReference(eip), type, reason, message);
    }
    return undefined;
  };

  const groupsOf = (name: string) => [...c.world.vipGroups.list()].filter(({ spec }) => spec.eip === name);

  return {
    reconcile: async (name) => {
      try {
        return await reconcile(name);
      } catch (error) {
        const refused = [404, 409, 422].some((status) => hasStatus(error, status));
        if (refused && (await readAgain<Eip>(c.client, eips, name, c.world.eips))) return overtaken;
        throw error;
      }
    },
  };
}
