/** Tells on the Eip, by an Event, what agents found wrong with its groups: people look at the Eip, not at what it is made of. */
import type { VipGroup } from '../../api/vip-group.js';
import type { Context } from '../context/context.js';
import { eipReference } from '../objects/references.js';

type Condition = NonNullable<NonNullable<VipGroup['status']>['conditions']>[number];

/**
 * @param previous the group as it was; undefined when it is seen for the first time, which tells anew: the recorder counts equal
 *   Events instead of repeating them
 */
export function tellConditions({ world, recorder }: Context, group: VipGroup, previous: VipGroup | undefined): void {
  const eip = world.eips.get(group.spec.eip ?? '');
  if (eip === undefined) return;
  for (const { reason, message } of newTrouble(group, previous)) {
    // One without words lost them to an agent that took its own back; who still says it is about to say it anew.
    if (reason === undefined || message === undefined) continue;
    recorder.event(eipReference(eip), 'Warning', reason, `group ${group.metadata.name}: ${message}`);
  }
}

/** The conditions that say something is wrong and did not say so before. */
export function newTrouble(group: VipGroup, previous: VipGroup | undefined): readonly Condition[] {
  const before = new Set((previous?.status?.conditions ?? []).map(textOf));
  return (group.status?.conditions ?? []).filter((each) => each.status === 'True' && !before.has(textOf(each)));
}

function textOf({ type, status, message }: Condition): string {
  return JSON.stringify([type, status, message]);
}
