/** Which addresses in a Service's status are grants, and which somebody else only claims: pure. */
import { compareIp, type IpAddress } from '../../core/ip/address.js';
import type { Request } from '../../core/ipam/decision.js';
import { type Exclusions, exclusionOf } from '../../core/ipam/exclusions.js';
import { type Pool, permits, poolOf } from '../../core/ipam/pool.js';
import type { Service } from '../objects/builtin-objects.js';
import { fieldManager } from '../objects/field-manager.js';
import { statusAddresses } from './request.js';

/**
 * The addresses in the status that count: we wrote them, by the server's account or by the Service's record, or they lie in a pool that the
 * Service may use, as those that OpenELB gave. Never one that no host can have; nor a Node's own, unless we gave it.
 */
export function grantedInStatus(
  service: Service,
  request: Request,
  pools: readonly Pool[],
  exclusions: Exclusions,
): readonly IpAddress[] {
  const { key, pools: named, origin, recorded = [] } = request;
  const ours = service.ingressOwners?.includes(fieldManager) === true;
  return statusAddresses(service).filter((address) => {
    const barred = exclusionOf(exclusions, address, key)?.kind;
    if (barred === 'never') return false;
    if (ours || recorded.some((each) => compareIp(each, address) === 0)) return true;
    const pool = poolOf(pools, address);
    if (pool === undefined || barred === 'node' || barred === 'member') return false;
    return permits(pool, request) || named.includes(pool.name) || origin === pool.name;
  });
}

/** Who else wrote the status, for people. */
export function foreignOwners({ ingressOwners = [] }: Service): string {
  const others = ingressOwners.filter((owner) => owner !== fieldManager);
  return others.length === 0 ? 'somebody' : others.map((owner) => `"${owner.slice(0, 64)}"`).join(', ');
}

/** What the status says, for people. */
export function statusText({ status }: Service): string {
  const entries = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname, ipMode = 'VIP' }) =>
    [ip, hostname, ipMode === 'VIP' ? undefined : `(${ipMode})`].flatMap((text) => text?.slice(0, 64) || []).join(' '),
  );
  if (entries.length === 0) return 'nothing';
  return `${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ` and ${entries.length - 3} more` : ''}`;
}
