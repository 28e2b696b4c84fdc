/**
 * Groups from the API server: those that this node has a part in, of which the valid ones are handed on. An agent watches nothing else.
 */
import { group, version } from '../../api/annotations.js';
import { conform } from '../../api/conform.js';
import { problemsText } from '../../api/problem.js';
import { validateVipGroup } from '../../api/validate.js';
import { type VipGroup, type VipGroupStatus, vipGroupStatus } from '../../api/vip-group.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';
import type { Logger } from '../../platform/observability/log.js';
import type { GroupSink, GroupSource } from './group-source.js';
import { isDeleted, isNoConcern, isThere, newKeptGroups } from './kept-groups.js';
import { type OwnGroups, watchOwnGroups } from './own-groups.js';
import { watchKept } from './watch-kept.js';

export const vipGroups: Resource = { group, version, plural: 'vipgroups', kind: 'VipGroup', namespaced: false };

export interface KubernetesGroupsOptions {
  readonly client: ApiClient;
  readonly node: string;
  /** That of the programs, in which the controllers' Lease is. */
  readonly namespace: string;
  readonly onGroups: GroupSink;
  readonly onRefused: (name: string, problem: string | undefined) => void;
  readonly log: Logger;
  readonly clock?: Clock;
}

export interface KubernetesGroups extends GroupSource {
  readonly synced: Promise<void>;
  /** That groups are kept which somebody deleted; undefined while none is. */
  kept(): string | undefined;
}

/**
 * Starts watching. `onGroups` is called once the first list is complete, then after each change of a spec, several at once where
 * they come together. A group that is wrong keeps its last valid spec; `onRefused` says what is wrong, or undefined again. One that
 * somebody deletes goes on for a while (`kept-groups`).
 */
export function watchKubernetesGroups(o: KubernetesGroupsOptions): KubernetesGroups {
  const clock = o.clock ?? systemClock;
  const state = newKeptGroups();
  const refused = new Map<string, string>();
  let pending = false;

  function flushSoon(changed: boolean): void {
    if (!changed || pending || !cache?.isSynced()) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      o.onGroups(state.groups);
    });
  }

  function take(name: string, found: VipGroup | 'deleted' | 'left'): void {
    const wasKept = state.kept.has(name);
    const keptBefore = [...state.kept.keys()];
    if (found === 'left') flushSoon(isNoConcern(state, name));
    else if (found === 'deleted') flushSoon(isDeleted(state, name, clock.now()));
    else flushSoon(isThere(state, name, found, clock.now()));
    const isKept = state.kept.has(name);
    if (wasKept && !isKept && state.groups.has(name)) o.log.info('group made anew', { group: name });
    for (const other of keptBefore)
      if (other !== name && !state.kept.has(other)) tellEnded(other, 'other groups have its addresses');
    if (wasKept || !isKept) return;
    o.log.warn('group deleted while it had addresses: they are kept until a controller makes it anew', { group: name });
    watching.look();
  }

  function tellEnded(group: string, why: string): void {
    o.log.warn('the addresses of a group that was deleted are not kept any more', { group, why });
  }

  function refuse(name: string, problem: string | undefined): void {
    if (refused.get(name) === problem) return;
    if (problem === undefined) refused.delete(name);
    else refused.set(name, problem);
    o.onRefused(name, problem);
  }

  const watching = watchKept({
    ...o,
    resource: vipGroups,
    clock,
    state,
    onEnded(ended) {
      for (const { name, why } of ended) tellEnded(name, why);
      flushSoon(ended.length > 0);
    },
  });
  let cache: OwnGroups | undefined;
  cache = watchOwnGroups({
    client: o.client,
    resource: vipGroups,
    node: o.node,
    onChange: take,
    onProblem: refuse,
    admit: admitGroup,
    log: o.log,
    clock,
  });
  const synced = cache.synced.then(() => flushSoon(true));
  return {
    synced,
    latest: cache.get,
    reload: async () => {}, // a watch tells by itself
    async stop() {
      watching.stop();
      await cache.stop();
    },
    problem: cache.problem,
    refused: () =>
      [...refused].map(([name, problem]) => `VipGroup ${name} is refused, what it said before goes on: ${problem}`),
    kept: () => keptText([...state.kept.keys()]),
    silentMs: cache.silentMs,
  };
}

function keptText([name, ...others]: readonly string[]): string | undefined {
  if (name === undefined) return undefined;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `VipGroup ${name}${more} was deleted while it had addresses, which this node keeps until a controller makes it anew: see that one runs`;
}

/** Takes any JSON. A spec that is wrong is not followed, a spoilt part of a status, which others write, too, is left out. */
function admitGroup(object: KubernetesObject, held: VipGroup | undefined): Admission<VipGroup> {
  const checked = validateVipGroup(object);
  const { name, uid, resourceVersion } = object.metadata;
  const metadata = {
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  const status = conform<VipGroupStatus>(vipGroupStatus, (object as { status?: unknown }).status).value;
  const rest = status === undefined ? {} : { status };
  if (checked.ok) return { object: { metadata, spec: checked.value.spec, ...rest } };
  const problem = problemsText(checked.problems);
  if (held === undefined || held.metadata.uid !== uid) return { problem };
  return { object: { metadata, spec: held.spec, ...rest }, problem, refused: true };
}
