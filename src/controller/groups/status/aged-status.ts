/** What the status of a VipGroup says of agents that nobody hears of is taken back: pure. */
import { type Silence, withoutSilent } from '../../../api/silent-agents.js';
import type { VipGroup, VipGroupStatus } from '../../../api/vip-group.js';
import type { Standing } from '../../standing/standing.js';

type Condition = NonNullable<VipGroupStatus['conditions']>[number];

/** The condition of a group that is not known to be led. */
export const heldType = 'Held';

/**
 * The status as it is to be shown: a silent member is `Lost`, a silent holder holds no more, what only silent agents saw is gone, and the
 * condition `Held` says why nobody is shown as the holder. Undefined when all of it is so already.
 *
 * @param standing of the group, judged by what the result shows (`standingOf`)
 * @param now RFC 3339
 */
export function agedStatus(
  group: VipGroup,
  silence: (node: string) => Silence | undefined,
  standing: (group: VipGroup) => Standing,
  now: string,
): VipGroupStatus | undefined {
  const { status = {} } = group;
  const heard = withoutSilent(group.spec, status, silence);
  const aged = withHeld(heard, standing({ ...group, status: heard }), now);
  return aged === status ? undefined : aged;
}

function withHeld(status: VipGroupStatus, standing: Standing, now: string): VipGroupStatus {
  const conditions = status.conditions ?? [];
  const present = conditions.find(({ type }) => type === heldType);
  const others = conditions.filter((each) => each !== present);
  if (standing.by === 'candidates') return status;
  if (standing.by === 'node') return present === undefined ? status : { ...status, conditions: others };
  const state = standing.by === 'unknown' ? 'Unknown' : 'False';
  if (present?.status === state && present.reason === standing.reason && present.message === standing.message)
    return status;
  const held: Condition = {
    type: heldType,
    status: state,
    reason: standing.reason,
    message: standing.message,
    lastTransitionTime: present?.status === state ? present.lastTransitionTime : now,
  };
  return { ...status, conditions: [...others, held] };
}
