/** What Services say they hold, by their statuses and records: entered in the ledger before anything is decided. */
import type { IpAddress } from '../../core/ip/address.js';
import type { Grant, Request } from '../../core/ipam/decision.js';
import { exclusionOf } from '../../core/ipam/exclusions.js';
import type { LedgerView } from '../../core/ipam/ledger.js';
import { type Pool, permits, poolOf } from '../../core/ipam/pool.js';
import { cohabitationObstacle } from '../../core/ipam/sharing.js';
import type { Context } from '../context/context.js';
import { type Service, serviceKey } from '../objects/builtin-objects.js';
import { grantedInStatus } from './granted.js';
import { isOurs, wasOurs } from './ownership.js';
import { recordedAddresses, serviceRequest } from './request.js';

/**
 * Takes over what the statuses of Services say, before anything is decided: also of those that are ours no more, since until
 * its status is cleared the address is nobody else's. What is only recorded comes after what is in use.
 */
export function assignAll(c: Context, all: Iterable<Service>): void {
  const recorded: Service[] = [];
  for (const service of all) {
    assignStatus(c, service);
    if (recordedAddresses(service).length > 0) recorded.push(service);
  }
  recorded.sort(({ metadata: a }, { metadata: b }) =>
    (a.creationTimestamp ?? '') < (b.creationTimestamp ?? '') ? -1 : 1,
  );
  for (const service of recorded) assignRecord(c, service);
}

/**
 * The same for Services of which nothing is in the ledger, by their statuses alone: pools have come, or Services have become ours, and what one
 * of them has must not be given to another that is decided on before it.
 */
export function assignNew(c: Context, all: Iterable<Service>): void {
  for (const service of all) {
    if (service.status?.loadBalancer?.ingress === undefined) continue;
    if (c.assignments.ledger.holding(serviceKey(service)) === undefined) assignStatus(c, service);
  }
}

function assignStatus(c: Context, service: Service): void {
  if (!isOurs(service, c.settings.allServices) && !wasOurs(service)) return;
  const namespace = c.world.namespace(service.metadata.namespace ?? '');
  const pools = c.world.pools();
  const request = serviceRequest(service, namespace, [], pools);
  const { key, terms, created, origin } = request;
  const grants = grantedInStatus(service, request, pools, c.exclusions()).flatMap((address): Grant[] => {
    const pool = poolOf(pools, address)?.name ?? origin;
    return pool === undefined ? [] : [{ address, pool }];
  });
  if (grants.length > 0) c.assignments.assign({ key, terms, created }, grants);
}

function assignRecord(c: Context, service: Service): void {
  if (!isOurs(service, c.settings.allServices)) return;
  const namespace = c.world.namespace(service.metadata.namespace ?? '');
  const request = serviceRequest(service, namespace, [], c.world.pools());
  const { key, terms, created } = request;
  if (c.assignments.ledger.holding(key) !== undefined) return;
  const kept = recordedFree(c.assignments.ledger, request);
  const grants = grantedByRecord(c, request, kept);
  if (kept.length > 0) c.assignments.assign({ key, terms, created }, grants, kept);
}

/**
 * Of each family what the Service may have. Its status will say so again: it is announced until then, since somebody may have emptied the
 * status while no controller was there.
 */
function grantedByRecord(c: Context, request: Request, kept: readonly IpAddress[]): readonly Grant[] {
  const pools = c.world.pools();
  const exclusions = c.exclusions();
  const grants = kept.flatMap((address): Grant[] => {
    const pool = poolOf(pools, address);
    if (pool === undefined || exclusionOf(exclusions, address, request.key) !== undefined) return [];
    return permits(pool, request) || request.pools.includes(pool.name) ? [{ address, pool: pool.name }] : [];
  });
  return request.families.flatMap((family) => grants.find(({ address }) => address.family === family) ?? []);
}

/** What is looked at for what a record says. */
export interface RecordView {
  readonly ledger: LedgerView;
  readonly pools: readonly Pool[];
}

/** What the record says of addresses that no pool has any more: kept for the Service until one has them again. */
export function keptByRecord({ ledger, pools }: RecordView, request: Request): readonly IpAddress[] {
  return recordedFree(ledger, request).filter((address) => poolOf(pools, address) === undefined);
}

/** What the record says of addresses that nobody else has. */
function recordedFree(ledger: LedgerView, { key, terms, recorded = [] }: Request): readonly IpAddress[] {
  return recorded.filter((address) =>
    ledger
      .holders(address)
      .every((other) => other.key === key || cohabitationObstacle(terms, other.terms, address) === undefined),
  );
}
