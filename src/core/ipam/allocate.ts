/**
 * The decision which addresses a Service has: sticky (what its status says stays if it may), then by what it asks for,
 * then the lowest free address of the first pool that fits. Deterministic: the same ledger gives the same answer.
 *
 * Order of the pools, as OpenELB: the named pool; else the pool of the asked-for address; else the pools of the namespace
 * by priority; else the default pool. Beyond OpenELB: namespace rules hold always, and the next pool follows a full one.
 */
import { compareIp, type Family, formatIp, type IpAddress } from '../ip/address.js';
import { contains } from '../ip/range.js';
import type { Decision, Grant, Refusal, Request } from './decision.js';
import { type Exclusions, exclusionOf, nextUsable, noExclusions } from './exclusions.js';
import type { LedgerView } from './ledger.js';
import { automaticPools, avoids, hasFamily, isScoped, type Pool, permits, permitsNamespace, poolOf } from './pool.js';
import * as refuse from './refusals.js';
import { cohabitationObstacle, sharingObstacle } from './sharing.js';

/** What there is to have. */
interface Offer {
  readonly pools: readonly Pool[];
  readonly ledger: LedgerView;
  readonly exclusions: Exclusions;
}

type Found = { readonly ok: true; readonly grant: Grant } | { readonly ok: false; readonly refusal: Refusal };

/** Decides for one Service, whose own holding must not be in the ledger. */
export function decide(
  request: Request,
  pools: readonly Pool[],
  ledger: LedgerView,
  exclusions: Exclusions = noExclusions,
): Decision {
  const offer: Offer = { pools, ledger, exclusions };
  const impossible = impossibleDemand(request);
  const grants: Grant[] = [];
  const refusals: { readonly family: Family; readonly refusal: Refusal }[] = [];
  let changed = false;
  for (const slot of slotsOf(request)) {
    const had = request.current.find((address) => isFor(slot, address));
    const tenable = had && tenableGrant(request, had, offer);
    if (tenable !== undefined && fulfils(request, slot, tenable, pools) && !isUseless(request, slot, tenable)) {
      grants.push(tenable);
      continue;
    }
    const found: Found = impossible === undefined ? find(request, slot, offer) : no(impossible);
    if (found.ok) grants.push(found.grant);
    else {
      refusals.push({ family: slot.family, refusal: found.refusal });
      if (tenable !== undefined) grants.push(tenable);
    }
    changed ||= found.ok;
  }
  const refusal = refusals[0]?.refusal;
  const lackingFamilies = new Set(refusals.map(({ family }) => family)).size;
  const enough = refusal === undefined || (request.oneFamilySuffices && lackingFamilies < request.families.length);
  if (!enough) {
    const held = heldOnly(grants, request);
    return { outcome: 'refused', grants: inOrder([...held, ...servingOn(request, held, offer)], request), refusal };
  }
  grants.push(...servingOn(request, grants, offer));
  const same = !changed && grants.length === request.current.length;
  return { outcome: same ? 'keep' : 'allocated', grants, ...(refusal === undefined ? {} : { lacking: refusal }) };
}

/** One address of a Service: which one it asks for, where it asks, and whether that is the only one of the family. */
interface Slot {
  readonly family: Family;
  readonly asked?: IpAddress;
  readonly alone: boolean;
}

/** One for each family, or as many as it asks for by name. */
function slotsOf({ families, terms }: Request): readonly Slot[] {
  return families.flatMap((family): readonly Slot[] => {
    const asked = terms.asked.filter((address) => address.family === family).filter(isFirst);
    if (asked.length < 2) return [{ family, ...(asked[0] === undefined ? {} : { asked: asked[0] }), alone: true }];
    return asked.map((address) => ({ family, asked: address, alone: false }));
  });
}

/** Whether what a Service has may be what the slot is for: while it is alone in its family, another than it asks for serves until then. */
function isFor({ family, asked, alone }: Slot, address: IpAddress): boolean {
  return alone ? address.family === family : compareIp(asked!, address) === 0;
}

function isFirst(address: IpAddress, at: number, all: readonly IpAddress[]): boolean {
  return all.findIndex((each) => compareIp(each, address) === 0) === at;
}

/** The grant of an address the Service has, unless its pool is gone or it is not its to keep. */
function tenableGrant(request: Request, address: IpAddress, { pools, ledger, exclusions }: Offer): Grant | undefined {
  // Whatever else it turns out to be, it was given: only what no host can ever be reached at is no grant.
  if (exclusionOf(exclusions, address)?.kind === 'never') return undefined;
  // An address that its pool lost by an edit stays with the Service that has it: only a deleted pool takes addresses away.
  const origin = pools.find(({ name }) => name === request.origin);
  const unreadable = origin?.fault !== undefined && origin.ranges.length === 0;
  const pool = unreadable ? origin : (poolOf(pools, address) ?? origin);
  if (pool === undefined) return undefined;
  for (const other of ledger.holders(address)) {
    const senior = other.created < request.created || (other.created === request.created && other.key < request.key);
    if (senior && cohabitationObstacle(request.terms, other.terms, address) !== undefined) return undefined;
  }
  return { address, pool: pool.name };
}

/** Whether a grant is what the Service asks for now. */
function fulfils(request: Request, { asked }: Slot, { address, pool }: Grant, pools: readonly Pool[]): boolean {
  if (request.badAddress !== undefined || request.impossible !== undefined) return false;
  if (asked !== undefined && compareIp(asked, address) !== 0) return false;
  if (request.pools.length === 0 || request.pools.includes(pool)) return true;
  // A pool that was split keeps its Services, until they name another one.
  return request.origin !== undefined && request.pools.includes(request.origin) && pools.some((p) => p.name === pool);
}

function isUseless({ useless = [] }: Request, { asked }: Slot, { address }: Grant): boolean {
  return asked === undefined && useless.some((each) => compareIp(each, address) === 0);
}

function find(request: Request, { family, asked }: Slot, offer: Offer): Found {
  const { pools } = offer;
  const unknown = request.pools.find((name) => !pools.some((pool) => pool.name === name));
  if (unknown !== undefined) return no(refuse.poolUnknown(unknown, pools));
  const named = namedPools(request, pools);
  if (asked !== undefined) return claim(request, asked, request.pools.length > 0 ? named : pools, offer);
  const candidates = request.pools.length > 0 ? named : automaticPools(pools, request);
  if (candidates.length === 0) return no(automaticObstacle(request, pools) ?? refuse.noPool(request.namespace, pools));
  const unfit = request.pools.length > 0 ? poolObstacle(request, candidates) : undefined;
  if (unfit !== undefined) return no(unfit);
  const fitting = candidates.filter((pool) => hasFamily(pool, family));
  if (fitting.length === 0) return no(refuse.familyUnavailable(candidates, family));
  const recorded = request.recorded?.find((address) => address.family === family);
  const regained = recorded && claim(request, recorded, fitting, offer);
  if (regained?.ok) return regained;
  for (const pool of fitting) {
    const address = sharedAddress(request, pool, family, offer) ?? lowestFree(pool, family, offer);
    if (address !== undefined) return { ok: true, grant: { address, pool: pool.name } };
  }
  return no(refuse.poolFull(fitting, family, offer.exclusions));
}

/** The address asked for, when it may be had. */
function claim(
  request: Request,
  address: IpAddress,
  pools: readonly Pool[],
  { ledger, exclusions }: Pick<Offer, 'ledger' | 'exclusions'>,
): Found {
  const pool = poolOf(pools, address);
  if (pool === undefined) return no(refuse.addressOutside(address, pools, request.pools.length > 0));
  const obstacle = poolObstacle(request, [pool]);
  if (obstacle !== undefined) return no(obstacle);
  if (avoids(pool, address)) return no(refuse.addressAvoided(address, pool));
  const excluded = exclusionOf(exclusions, address, request.key);
  if (excluded !== undefined) return no(refuse.addressExcluded(address, pool, excluded));
  for (const other of ledger.holders(address)) {
    const why = sharingObstacle(request.terms, other.terms, address);
    if (why !== undefined) return no(refuse.addressTaken(address, pool, other.key, why));
  }
  return { ok: true, grant: { address, pool: pool.name } };
}

/** Why none of the pools gives anything to this Service; undefined when one might. */
function poolObstacle(request: Request, pools: readonly Pool[]): Refusal | undefined {
  let first: Refusal | undefined;
  for (const pool of pools) {
    if (pool.fault !== undefined) first ??= refuse.poolInvalid(pool);
    else if (pool.disabled) first ??= refuse.poolDisabled(pool);
    else if (!permitsNamespace(pool, request.namespace)) first ??= refuse.namespaceNotAllowed(pool, request.namespace);
    else if (!permits(pool, request)) first ??= refuse.serviceNotSelected(pool);
    else return undefined;
  }
  return first;
}

/** What is wrong with the pool that the Service would have one of without naming any; undefined when there is none such. */
function automaticObstacle(request: Request, pools: readonly Pool[]): Refusal | undefined {
  const meant = pools.filter(
    (pool) => (isScoped(pool) || pool.isDefault) && pool.namedOnly !== true && permits(pool, request),
  );
  return poolObstacle(request, meant);
}

/** The pools the Service names, in its order; of several, those that may serve it. */
function namedPools(request: Request, pools: readonly Pool[]): readonly Pool[] {
  const named = request.pools.flatMap((name) => pools.find((pool) => pool.name === name) ?? []);
  const open = named.filter((pool) => poolObstacle(request, [pool]) === undefined);
  return open.length > 0 ? open : named;
}

/** An address of the pool that is already held under the Service's sharing key and that it may join. */
function sharedAddress(
  request: Request,
  pool: Pool,
  family: Family,
  { ledger, exclusions }: Offer,
): IpAddress | undefined {
  const { sharingKey } = request.terms;
  if (sharingKey === undefined) return undefined;
  return ledger
    .sharedUnder(sharingKey)
    .find(
      (address) =>
        address.family === family &&
        contains(pool.ranges, address) &&
        exclusionOf(exclusions, address, request.key) === undefined &&
        ledger.holders(address).every((other) => sharingObstacle(request.terms, other.terms, address) === undefined),
    );
}

function lowestFree(pool: Pool, family: Family, { ledger, exclusions }: Offer): IpAddress | undefined {
  for (const range of pool.ranges) {
    if (range.family !== family) continue;
    for (let value = range.first; value <= range.last; ) {
      const next = nextUsable(exclusions, family, ledger.nextFree(family, value));
      const settled = next === value && !avoids(pool, { family, value });
      if (settled) return { family, value };
      value = next === value ? value + 1n : next;
    }
  }
  return undefined;
}

/** What no pool could fulfil. */
function impossibleDemand(request: Request): Refusal | undefined {
  if (request.impossible !== undefined) return request.impossible;
  if (request.badAddress !== undefined) return refuse.addressInvalid(request.badAddress);
  const { asked } = request.terms;
  const stranger = asked.find(({ family }) => !request.families.includes(family));
  if (stranger !== undefined) return refuse.wrongFamily(stranger, request.families);
  return asked.length > mostAsked ? refuse.tooManyAsked(asked.length, mostAsked) : undefined;
}

/** How many addresses a Service may ask for. */
const mostAsked = 8;

/** Of a refused Service's grants, those it has already. */
function heldOnly(grants: readonly Grant[], request: Request): readonly Grant[] {
  return grants.filter(({ address }) => request.current.some((had) => compareIp(had, address) === 0));
}

/** What the Service has of families of which it gets nothing that it asks for: that serves until then. */
function servingOn(request: Request, grants: readonly Grant[], offer: Offer): readonly Grant[] {
  return request.current
    .filter(({ family }) => request.families.includes(family))
    .filter(({ family }) => !grants.some(({ address }) => address.family === family))
    .flatMap((address) => tenableGrant(request, address, offer) ?? []);
}

/** As the Service has them, so that its status need not be written. */
function inOrder(held: readonly Grant[], { current }: Request): readonly Grant[] {
  return current.flatMap((had) => held.find(({ address }) => compareIp(address, had) === 0) ?? []);
}

function no(refusal: Refusal): Found {
  return { ok: false, refusal };
}

/** `192.0.2.1 and 2001:db8::1`. */
export function addressesText(addresses: readonly IpAddress[]): string {
  return addresses.map(formatIp).join(' and ');
}
