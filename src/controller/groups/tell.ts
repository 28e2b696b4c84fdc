/** What people are told of the groups of an Eip, by Events on it. */
import type { VipGroupSpec } from '../../api/vip-group.js';
import type { EipPool } from '../cache/pools.js';
import type { Context } from '../context/context.js';
import type { Warning } from '../events/warnings.js';
import { whyLeft } from '../notes/foreign-routers.js';
import { eipReference } from '../objects/references.js';
import { sameJson } from '../objects/same-json.js';

/** By Eip, what was told last, so that it is told once. */
export type Told = Map<string, readonly Warning[]>;

/** What is wrong now, where that is not what was wrong before; and that somebody announces every address again. */
export function tellWarnings(
  { recorder }: Pick<Context, 'recorder'>,
  told: Told,
  { name, eip }: Pick<EipPool, 'name' | 'eip'>,
  warnings: readonly Warning[],
): void {
  const before = told.get(name) ?? [];
  if (sameJson(before, warnings)) return;
  told.set(name, warnings);
  for (const { reason, message } of warnings) recorder.event(eipReference(eip), 'Warning', reason, message);
  if (!before.some(keepsSilent) || warnings.some(keepsSilent)) return;
  const message = 'every address has a node that may announce it and a virtual router ID again';
  recorder.event(eipReference(eip), 'Normal', 'Announceable', message);
}

/** A group was written: why it has another virtual router ID now, where that is not for people to know already. */
export function tellNewId(
  { world, settings, recorder }: Pick<Context, 'world' | 'settings' | 'recorder'>,
  group: string,
  before: VipGroupSpec | undefined,
  { eip, vrrp }: VipGroupSpec,
): void {
  const object = world.eips.get(eip ?? '');
  const former = before?.vrrp?.virtualRouterId;
  if (object === undefined || former === undefined || former === vrrp?.virtualRouterId) return;
  const reserved = settings.virtualRouterIds.reserved.has(former) ? 'that one is reserved' : undefined;
  const why = whyLeft(object, group, former) ?? reserved;
  if (why === undefined) return;
  const message = `group ${group} goes from virtual router ID ${former} to ${vrrp?.virtualRouterId}, because ${why}`;
  recorder.event(eipReference(object), 'Normal', 'VirtualRouterIdChanged', message);
}

/** Whether it says that nobody announces an address. */
function keepsSilent({ reason }: Warning): boolean {
  return reason === 'NoEligibleNode' || reason === 'NoVirtualRouterId';
}
