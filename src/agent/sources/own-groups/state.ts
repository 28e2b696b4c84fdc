/** The groups that this node has a part in, as they are known: one record, which the functions beside it work on. */
import type { VipGroup } from '../../../api/vip-group.js';
import type { Admit } from '../../../platform/kubernetes/admission.js';
import type { ApiClient } from '../../../platform/kubernetes/client.js';
import type { Clock } from '../../../platform/kubernetes/clock.js';
import { isOlderVersion } from '../../../platform/kubernetes/object-store.js';
import type { Resource } from '../../../platform/kubernetes/resource.js';

export interface OwnGroupsState {
  readonly client: ApiClient;
  readonly resource: Resource;
  readonly node: string;
  readonly admit: Admit<VipGroup>;
  /** The group as it is now; `deleted`: there is none, `left`: this node has no part in it any more. */
  readonly onChange: (name: string, group: VipGroup | 'deleted' | 'left') => void;
  /** What is wrong with a group; undefined: nothing any more. Called before `onChange`, where that is called. */
  readonly onProblem: (name: string, problem: string | undefined) => void;
  readonly clock: Clock;
  readonly held: Map<string, VipGroup>;
  /** By group, the history of the store that it was found in: when that has gone back in time, versions from before mean nothing. */
  readonly histories: Map<string, number>;
  /** Of the store, as far as the watches know. */
  readonly history: () => number;
  /** Groups that no watch has, and what ends asking for one. */
  readonly missing: Map<string, () => void>;
  /** What each of the two watches has against a group: it may be in both for a moment, or in neither. */
  readonly problems: readonly [Map<string, string>, Map<string, string>];
  stopped: boolean;
}

export function newOwnGroupsState(
  o: Omit<OwnGroupsState, 'held' | 'histories' | 'missing' | 'problems' | 'stopped'>,
): OwnGroupsState {
  return {
    ...o,
    held: new Map(),
    histories: new Map(),
    missing: new Map(),
    problems: [new Map(), new Map()],
    stopped: false,
  };
}

/** It was heard of, by whatever way. */
export function found(g: OwnGroupsState, name: string, group: VipGroup): void {
  const { held, histories, onChange } = g;
  const before = held.get(name);
  const same = before?.metadata.uid === group.metadata.uid;
  const history = g.history();
  const comparable = before !== undefined && same && histories.get(name) === history;
  if (comparable && isOlderVersion(group.metadata.resourceVersion, before.metadata.resourceVersion)) return;
  histories.set(name, history);
  if (before !== undefined && !same) onChange(name, 'deleted');
  held.set(name, group);
  if (!same || before?.metadata.resourceVersion !== group.metadata.resourceVersion) onChange(name, group);
}

export function gone({ held, histories, onChange }: OwnGroupsState, name: string, how: 'deleted' | 'left'): void {
  histories.delete(name);
  if (held.delete(name)) onChange(name, how);
}

/** @param watch which of the two it comes from */
export function judged(
  { onProblem, problems }: OwnGroupsState,
  watch: number,
  name: string,
  problem: string | undefined,
): void {
  if (problem === undefined) problems[watch]?.delete(name);
  else problems[watch]?.set(name, problem);
  onProblem(
    name,
    problems.map((each) => each.get(name)).find((each) => each !== undefined),
  );
}
