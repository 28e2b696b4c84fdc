/**
 * The VipGroups that this node has a part in, as the API server has them: those labelled with it, and those whose members are not labelled.
 *
 * A group that leaves one of the two may be about to come in the other, and a watch does not say so. It is asked for before anybody hears
 * that it is gone: nothing is let go of because of a label.
 */
import { memberSelector, unlabelledSelector } from '../../api/group-labels.js';
import type { VipGroup } from '../../api/vip-group.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import type { Logger } from '../../platform/observability/log.js';
import { ask, endAsking } from './own-groups/ask.js';
import { found, judged, newOwnGroupsState, type OwnGroupsState } from './own-groups/state.js';

export interface OwnGroups {
  get(name: string): VipGroup | undefined;
  readonly synced: Promise<void>;
  isSynced(): boolean;
  stop(): Promise<void>;
  /** That one of the two is out of touch, since when and why. */
  problem(): string | undefined;
  /** How long ago the one that has been silent for longer said something last, in milliseconds; undefined before both have. */
  silentMs(): number | undefined;
}

export function watchOwnGroups(
  o: Pick<OwnGroupsState, 'client' | 'resource' | 'node' | 'admit' | 'onChange' | 'onProblem'> & {
    readonly log: Logger;
    readonly clock?: Clock;
  },
): OwnGroups {
  const history = () => Math.max(...caches.map((cache) => cache.lastList().history));
  const g = newOwnGroupsState({ ...o, clock: o.clock ?? systemClock, history });
  const caches: readonly Cache<VipGroup>[] = [memberSelector(g.node), unlabelledSelector].map((labelSelector, watch) =>
    startCache<VipGroup>(g.client, g.resource, {
      labelSelector,
      admit: (object, here) => g.admit(object, here ?? g.held.get(object.metadata.name)),
      onProblem: ({ name }, problem) => judged(g, watch, name, problem),
      log: o.log,
      clock: g.clock,
      onChange: (name, group) => {
        if (group !== undefined) {
          endAsking(g, name);
          found(g, name, group);
          return;
        }
        const other = caches.map((cache) => cache.get(name)).find((each) => each !== undefined);
        if (other === undefined) ask(g, name);
        else found(g, name, other);
      },
    }),
  );
  return {
    get: (name) => g.held.get(name),
    synced: Promise.all(caches.map(({ synced }) => synced)).then(() => {}),
    isSynced: () => caches.every((cache) => cache.isSynced()),
    async stop() {
      g.stopped = true;
      for (const name of [...g.missing.keys()]) endAsking(g, name);
      await Promise.all(caches.map((cache) => cache.stop()));
    },
    problem: () => caches.map((cache) => outOfTouch('VipGroups', cache.health())).find((each) => each !== undefined),
    silentMs: () => {
      const silent = caches.flatMap((cache) => cache.health().silentMs ?? []);
      return silent.length < caches.length ? undefined : Math.max(...silent);
    },
  };
}
