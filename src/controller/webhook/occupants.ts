/** Which Services have addresses that would go with a pool. Read from the Services' statuses, which are the truth. */

import { eipName } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import { formatIp, type IpAddress } from '../../core/ip/address.js';
import { contains, type IpRange } from '../../core/ip/range.js';
import { type Service, serviceKey } from '../objects/builtin-objects.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import { originLabel } from '../services/origin-label.js';
import { isOurs } from '../services/ownership.js';
import { statusAddresses } from '../services/request.js';

export interface Occupant {
  /** `namespace/name`. */
  readonly service: string;
  readonly address: IpAddress;
}

/**
 * The Services that have an address of `ranges`, or one that only their label ties to the pool `name` (it was shrunk), and
 * that no other pool (`elsewhere`) holds.
 */
export function occupantsOf(
  pool: { readonly name?: string; readonly ranges: readonly IpRange[] },
  elsewhere: readonly IpRange[],
  services: readonly Service[],
  allServices: ServedUnasked,
): readonly Occupant[] {
  const occupants: Occupant[] = [];
  const label = pool.name === undefined ? undefined : originLabel(pool.name);
  for (const service of services) {
    if (!isOurs(service, allServices)) continue;
    const labelled = label !== undefined && service.metadata.labels?.[eipName] === label;
    for (const address of statusAddresses(service)) {
      if ((!labelled && !contains(pool.ranges, address)) || contains(elsewhere, address)) continue;
      occupants.push({ service: serviceKey(service), address });
    }
  }
  return occupants.sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** How many Services a message names. */
const maxNamed = 3;

/**
 * `Service default/web has 192.0.2.10, Service default/api has 192.0.2.11 and 5 more have others`; for whom the names of Services are not:
 * where those who may read them find them.
 */
export function occupantsText(occupants: readonly Occupant[], mayName: boolean, { metadata }: Eip): string {
  if (!mayName) return `Services have some of them (kubectl get eip ${metadata.name} -o jsonpath={.status.used})`;
  const named = occupants
    .slice(0, maxNamed)
    .map(({ service, address }) => `Service ${service} has ${formatIp(address)}`)
    .join(', ');
  const more = occupants.length - maxNamed;
  return more > 0 ? `${named} and ${more} more Service${more === 1 ? ' has another' : 's have others'}` : named;
}
