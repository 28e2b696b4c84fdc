/** What the status of a VipGroup says of agents that nobody hears of is taken back: pure. */
import { announcers } from '../../../api/announced-on.js';
import { type Silence, withoutSilent } from '../../../api/silent-agents.js';
import type { VipGroup, VipGroupStatus } from '../../../api/vip-group.js';
import type { Standing } from '../../standing/contract.js';

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
  const stands = standing({ ...group, status: heard });
  const counted = group.spec.protocol === 'bgp' ? withCount(heard, group, stands, now) : heard;
  const aged = withHeld(counted, stands, now);
  return aged === status ? undefined : aged;
}

/** How many announce it, which no agent can say; and since when some do, or none does. */
function withCount(status: VipGroupStatus, { spec }: VipGroup, standing: Standing, now: string): VipGroupStatus {
  const count = standing.by === 'nodes' ? standing.nodes.length : 0;
  const announcing = `${count}/${announcers(spec).length}`;
  if (status.announcing === announcing && status.since !== undefined) return status;
  const turned = (status.announcing ?? '0/').startsWith('0/') !== (count === 0);
  return { ...status, announcing, since: turned || status.since === undefined ? now : status.since };
}

function withHeld(status: VipGroupStatus, standing: Standing, now: string): VipGroupStatus {
  const conditions = status.conditions ?? [];
  const present = conditions.find(({ type }) => type === heldType);
  const others = conditions.filter((each) => each !== present);
  if (standing.by === 'candidates') return status;
  if (standing.by === 'node' || standing.by === 'nodes')
    return present === undefined ? status : { ...status, conditions: others };
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
