/** The reconcilers, and which of them does which task. */
import { createBgpReconciler } from './bgp/reconcile.js';
import type { FaultyObjects } from './cache/faulty-objects.js';
import type { Context } from './context/context.js';
import { createEipReconciler } from './eips/reconcile.js';
import { createHolderEvents, type HolderEvents } from './events/holder-events.js';
import type { ExclusionSource } from './exclusions/exclusions.js';
import { tellOfExclusions } from './exclusions/news.js';
import { createGroupsReconciler, type GroupsReconciler } from './groups/reconcile.js';
import { type AgedReconciler, createAgedReconciler } from './groups/status/reconcile-aged.js';
import { showValidity } from './groups/status/validity.js';
import { createMetallbReconciler } from './metallb/reconcile.js';
import type { MetallbSource } from './metallb/watch.js';
import { vipGroups } from './objects/resources.js';
import { type AnswerTimes, looked } from './services/answer-times.js';
import { createServiceReconciler, type ServiceReconciler } from './services/reconcile.js';
import type { Reconcilers } from './tasks.js';

export interface Actors {
  readonly byTask: Reconcilers;
  readonly services: ServiceReconciler;
  readonly groups: GroupsReconciler;
  readonly aged: AgedReconciler;
  readonly holderEvents: HolderEvents;
}

export function createReconcilers(
  c: Context,
  known: {
    /** Undefined: MetalLB's objects are not followed. */
    readonly metallb?: Pick<MetallbSource, 'known'> | undefined;
    readonly exclusions: Pick<ExclusionSource, 'news'>;
    readonly faulty: Pick<FaultyObjects, 'refusalOf'>;
    readonly answerTimes: AnswerTimes;
  },
): Actors {
  const services = createServiceReconciler(c);
  const groups = createGroupsReconciler(c);
  const eips = createEipReconciler(c);
  const bgp = createBgpReconciler(c);
  const aged = createAgedReconciler(c);
  const metallb = known.metallb && createMetallbReconciler(c, known.metallb);
  const holderEvents = createHolderEvents(c, services.held, (service) => looked(known.answerTimes, service));
  const byTask: Reconcilers = {
    metallb: async () => metallb?.reconcile(),
    service: services.reconcile,
    groups: groups.reconcile,
    status: eips.reconcile,
    aged: aged.group,
    lease: aged.node,
    valid: (group) => showValidity(c, group, known.faulty.refusalOf(vipGroups, group)),
    bgp: bgp.reconcile,
    exclusions: async () => {
      tellOfExclusions(c, known.exclusions.news(), holderEvents);
      return undefined;
    },
    waiting: async () => {
      services.waiting().forEach(c.schedule.service);
      // Who looks for another reason takes the place of a look that was due later.
      return services.waitingAgain();
    },
  };
  return { byTask, services, groups, aged, holderEvents };
}
