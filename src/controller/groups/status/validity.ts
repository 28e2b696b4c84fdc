/** The condition `Valid` of a VipGroup that is wrong: its spec is not followed. It goes when the spec is right again. */
import type { VipGroup } from '../../../api/vip-group.js';
import { hasStatus, isAbsent } from '../../../platform/kubernetes/api-error.js';
import type { JsonPatchOperation } from '../../../platform/kubernetes/client.js';
import type { Context } from '../../context/context.js';
import { vipGroups } from '../../objects/resources.js';

/** Who says so: a manager of its own, so that saying it takes nothing that others say away. */
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
): Promise<{ after: number } | undefined> {
  const shown = world.vipGroups.get(name);
  try {
    if (problem !== undefined) {
      const condition = {
        type,
        status: 'False',
        reason: 'InvalidSpec',
        message: `this is not followed, what it said before goes on: ${problem}`,
        lastTransitionTime: `${new Date(clock.wall()).toISOString().slice(0, 19)}Z`,
      };
      const body = { status: { conditions: [condition] } };
      await client.apply(vipGroups, name, body, { fieldManager: manager, force: true, subresource: 'status' });
    } else if (shown !== undefined && showsInvalid(shown)) {
      // To let go of it is not enough where another manager has the whole list.
      const at = shown.status?.conditions?.findIndex((each) => each.type === type);
      const operations: readonly JsonPatchOperation[] = [
        { op: 'test', path: `/status/conditions/${at}/type`, value: type },
        { op: 'remove', path: `/status/conditions/${at}` },
      ];
      const guard = { uid: shown.metadata.uid, fieldManager: manager, subresource: 'status' };
      world.vipGroups.wrote(await client.jsonPatch<VipGroup>(vipGroups, name, operations, guard));
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    // Somebody has changed the list; or it is so wrong that the server takes no status of it (1.29 and older): the Event has to do.
    if (hasStatus(error, 409) || hasStatus(error, 422)) return problem === undefined ? { after: 1_000 } : undefined;
    throw error;
  }
  return undefined;
}
