/**
 * The VipGroups that this node has a part in, as the API server has them: those labelled with it, and those whose members are not labelled.
 *
 * A group that leaves one of the two may be about to come in the other, and a watch does not say so. It is asked for before anybody hears
 * that it is gone: nothing is let go of because of a label.
 */
import { memberLabel, memberSelector, unlabelledSelector } from '../../api/member-labels.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { Admit } from '../../platform/kubernetes/admission.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import type { Logger } from '../../platform/observability/log.js';

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

/** After a question that got no answer, or while a group is to be here and no watch has it, in milliseconds. */
const askAgainMs = 1_000;

export function watchOwnGroups(o: {
  readonly client: ApiClient;
  readonly resource: Resource;
  readonly node: string;
  readonly admit: Admit<VipGroup>;
  readonly onChange: (name: string, group: VipGroup | undefined) => void;
  /** What is wrong with a group; undefined: nothing any more. Called before `onChange`, where that is called. */
  readonly onProblem: (name: string, problem: string | undefined) => void;
  readonly log: Logger;
  readonly clock?: Clock;
}): OwnGroups {
  const clock = o.clock ?? systemClock;
  const held = new Map<string, VipGroup>();
  /** By group, the history of the store that it was found in: when that has gone back in time, versions from before mean nothing. */
  const histories = new Map<string, number>();
  /** Groups that no watch has, and what ends asking for one. */
  const missing = new Map<string, () => void>();
  let stopped = false;

  const found = (name: string, group: VipGroup) => {
    const before = held.get(name);
    const same = before?.metadata.uid === group.metadata.uid;
    const history = Math.max(...caches.map((cache) => cache.lastList().history));
    const comparable = before !== undefined && same && histories.get(name) === history;
    if (comparable && isOlderVersion(group.metadata.resourceVersion, before.metadata.resourceVersion)) return;
    histories.set(name, history);
    if (before !== undefined && !same) o.onChange(name, undefined);
    held.set(name, group);
    if (!same || before?.metadata.resourceVersion !== group.metadata.resourceVersion) o.onChange(name, group);
  };

  /** A group may be in both for a moment, or in neither. */
  const problems = [new Map<string, string>(), new Map<string, string>()];
  const judged = (cache: number, name: string, problem: string | undefined) => {
    if (problem === undefined) problems[cache]?.delete(name);
    else problems[cache]?.set(name, problem);
    o.onProblem(
      name,
      problems.map((each) => each.get(name)).find((each) => each !== undefined),
    );
  };

  const gone = (name: string) => {
    histories.delete(name);
    if (held.delete(name)) o.onChange(name, undefined);
  };

  const endAsking = (name: string) => {
    missing.get(name)?.();
    missing.delete(name);
  };

  const ask = (name: string) => {
    endAsking(name);
    let asked = true;
    let cancel: (() => void) | undefined;
    missing.set(name, () => {
      asked = false;
      cancel?.();
    });
    const later = () => {
      if (asked && !stopped) cancel = clock.after(askAgainMs, look);
    };
    const look = () => {
      o.client.get<VipGroup>(o.resource, name).then((answer) => {
        if (!asked || stopped) return;
        const group = answer && o.admit(answer, held.get(name));
        if (group !== undefined && group.object === undefined) later();
        else if (group === undefined || !concerns(group.object, answer?.metadata.labels)) {
          endAsking(name);
          gone(name);
        } else {
          found(name, group.object);
          later();
        }
      }, later);
    };
    look();
  };

  /** Whether it is or was to be in one of the two; labels may be wrong for a moment, the spec says who is a member. */
  const concerns = ({ spec }: VipGroup, labels: Readonly<Record<string, string>> | undefined) =>
    labels?.[memberLabel(o.node)] !== undefined || spec.members.some(({ node }) => node === o.node);

  const caches: readonly Cache<VipGroup>[] = [memberSelector(o.node), unlabelledSelector].map((labelSelector, cache) =>
    startCache<VipGroup>(o.client, o.resource, {
      labelSelector,
      admit: (object, here) => o.admit(object, here ?? held.get(object.metadata.name)),
      onProblem: ({ name }, problem) => judged(cache, name, problem),
      log: o.log,
      clock,
      onChange: (name, group) => {
        if (group !== undefined) {
          endAsking(name);
          found(name, group);
          return;
        }
        const other = caches.map((cache) => cache.get(name)).find((each) => each !== undefined);
        if (other === undefined) ask(name);
        else found(name, other);
      },
    }),
  );

  return {
    get: (name) => held.get(name),
    synced: Promise.all(caches.map(({ synced }) => synced)).then(() => {}),
    isSynced: () => caches.every((cache) => cache.isSynced()),
    async stop() {
      stopped = true;
      for (const name of [...missing.keys()]) endAsking(name);
      await Promise.all(caches.map((cache) => cache.stop()));
    },
    problem: () => caches.map((cache) => outOfTouch('VipGroups', cache.health())).find((each) => each !== undefined),
    silentMs: () => {
      const silent = caches.flatMap((cache) => cache.health().silentMs ?? []);
      return silent.length < caches.length ? undefined : Math.max(...silent);
    },
  };
}
