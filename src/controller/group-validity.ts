/** The condition `Valid` of a VipGroup that is wrong: its spec is not followed. It goes when the spec is right again. */
import type { VipGroup } from '../api/vip-group.js';
import { hasStatus } from '../platform/kubernetes/api-error.js';
import type { Context } from './context.js';
import { vipGroups } from './resources.js';

/** A part of the status that only this writes, so that letting go of it takes nothing else away. */
const manager = 'openelb-controller-validity';

const type = 'Valid';

/** Long enough for the controller to repair a group of its own, which makes the condition needless, in milliseconds. */
export const validityAfterMs = 1_000;

/** Whether a group shows the condition although it is right. */
export function showsInvalid({ status }: VipGroup): boolean {
  return status?.conditions?.some((condition) => condition.type === type) === true;
}

/** @param problem what is wrong with the group now */
export async function showValidity(
  { client, clock, world }: Pick<Context, 'client' | 'clock' | 'world'>,
  name: string,
  problem: string | undefined,
): Promise<undefined> {
  const shown = world.vipGroups.get(name);
  if (problem === undefined && (shown === undefined || !showsInvalid(shown))) return undefined;
  const condition = {
    type,
    status: 'False',
    reason: 'InvalidSpec',
    message: `this is not followed, what it said before goes on: ${problem}`,
    lastTransitionTime: `${new Date(clock.wall()).toISOString().slice(0, 19)}Z`,
  };
  const body = problem === undefined ? {} : { status: { conditions: [condition] } };
  try {
    await client.apply(vipGroups, name, body, { fieldManager: manager, force: true, subresource: 'status' });
  } catch (error) {
    // Gone; or so wrong that the server takes no status of it (1.29 and older): the Event has to do.
    if (!hasStatus(error, 404) && !hasStatus(error, 422)) throw error;
  }
  return undefined;
}
