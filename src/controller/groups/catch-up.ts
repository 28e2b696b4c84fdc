/** How a controller learns which VipGroups another has written: every one as the store has it, in place of what the watch has brought. */
import type { VipGroup } from '../../api/vip-group.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import type { Context } from '../context/context.js';
import type { Reservation } from '../context/reservation-record.js';
import type { CatchUp } from '../context/reservations.js';
import { admitVipGroup } from '../objects/own-objects.js';
import { vipGroups } from '../objects/resources.js';

type State = readonly VipGroup[];

/** Which spec of a group a reservation speaks of. */
export function generationOf({ metadata }: VipGroup): string {
  return String(metadata.generation ?? 0);
}

export function catchUpGroups(c: Pick<Context, 'client' | 'world' | 'schedule'>): CatchUp<State> {
  const isPast = ({ key, uid, resourceVersion }: Reservation) => {
    const group = c.world.vipGroups.get(key);
    return group?.metadata.uid !== uid || isOlderVersion(resourceVersion, generationOf(group));
  };
  return {
    read: async () => (await c.client.list(vipGroups)).items.flatMap((item) => admitVipGroup(item).object ?? []),
    adopt: (listed, _own, others) => {
      for (const group of listed) {
        const { name, resourceVersion } = group.metadata;
        const present = c.world.vipGroups.get(name);
        if (present === undefined || isOlderVersion(present.metadata.resourceVersion, resourceVersion)) {
          c.world.vipGroups.wrote(group);
        }
      }
      for (const { name } of c.world.pools()) c.schedule.groups(name);
      return others.filter((reservation) => !isPast(reservation));
    },
    isPast,
  };
}
