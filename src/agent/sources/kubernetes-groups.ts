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
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';
import type { Logger } from '../../platform/observability/log.js';
import type { GroupSink, GroupSource } from './group-source.js';
import { type OwnGroups, watchOwnGroups } from './own-groups.js';

export const vipGroups: Resource = { group, version, plural: 'vipgroups', kind: 'VipGroup', namespaced: false };

/**
 * Starts watching. `onGroups` is called once the first list is complete, then after each change of a spec, several at once where
 * they come together. A group that is wrong keeps its last valid spec; `onRefused` says what is wrong, or undefined again.
 */
export function watchKubernetesGroups(o: {
  readonly client: ApiClient;
  readonly node: string;
  readonly onGroups: GroupSink;
  readonly onRefused: (name: string, problem: string | undefined) => void;
  readonly log: Logger;
}): GroupSource & { readonly synced: Promise<void> } {
  const valid = new Map<string, VipGroup>();
  const refused = new Map<string, string>();
  let pending = false;

  function flushSoon(): void {
    if (pending || !cache?.isSynced()) return;
    pending = true;
    queueMicrotask(() => {
      pending = false;
      o.onGroups(valid);
    });
  }

  function take(name: string, found: VipGroup | undefined): void {
    if (found === undefined) {
      if (valid.delete(name)) flushSoon();
      return;
    }
    if (sameSpec(valid.get(name), found)) return;
    valid.set(name, found);
    flushSoon();
  }

  function refuse(name: string, problem: string | undefined): void {
    if (refused.get(name) === problem) return;
    if (problem === undefined) refused.delete(name);
    else refused.set(name, problem);
    o.onRefused(name, problem);
  }

  let cache: OwnGroups | undefined;
  cache = watchOwnGroups({
    client: o.client,
    resource: vipGroups,
    node: o.node,
    onChange: take,
    onProblem: refuse,
    admit: admitGroup,
    log: o.log,
  });
  const synced = cache.synced.then(flushSoon);
  return {
    synced,
    latest: cache.get,
    stop: cache.stop,
    problem: cache.problem,
    refused: () =>
      [...refused].map(([name, problem]) => `VipGroup ${name} is refused, what it said before goes on: ${problem}`),
    silentMs: cache.silentMs,
  };
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

function sameSpec(a: VipGroup | undefined, b: VipGroup): boolean {
  return a !== undefined && JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
