/** A pool of addresses, and who may have them. */
import type { Family, IpAddress } from '../ip/address.js';
import { contains, type IpRange, rangesSize } from '../ip/range.js';

export interface Pool {
  readonly name: string;
  /** Sorted and disjoint, also from every other pool's. */
  readonly ranges: readonly IpRange[];
  /** Why the pool gives out nothing: its definition is wrong. Addresses in use stay. */
  readonly fault?: string;
  /** Gives out nothing new. */
  readonly disabled: boolean;
  /** Lower numbers are used first. */
  readonly priority: number;
  /** For Services that name no pool and whose namespace has none. */
  readonly isDefault: boolean;
  /** The namespaces that may use it, by name or by labels; without either, all may. */
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: Readonly<Record<string, string>>;
  /** Skip IPv4 addresses that end in .0 or .255. */
  readonly avoidBuggyIPs: boolean;
}

export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether the pool belongs to certain namespaces. An empty selector is a rule that all namespaces fulfil, as in OpenELB. */
export function isScoped(pool: Pool): boolean {
  return (pool.namespaces !== undefined && pool.namespaces.length > 0) || pool.namespaceSelector !== undefined;
}

/** Whether Services of a namespace may have addresses of the pool: named, or with all labels of the selector. */
export function permits(pool: Pool, namespace: Namespace): boolean {
  if (!isScoped(pool)) return true;
  if (pool.namespaces?.includes(namespace.name)) return true;
  const selector = pool.namespaceSelector;
  return (
    selector !== undefined && Object.entries(selector).every(([label, value]) => namespace.labels[label] === value)
  );
}

export function hasFamily(pool: Pool, family: Family): boolean {
  return pool.ranges.some((range) => range.family === family);
}

/** Whether the pool leaves out this address of its ranges: some clients and routers take .0 and .255 for broadcast. */
export function avoids(pool: Pool, address: IpAddress): boolean {
  if (!pool.avoidBuggyIPs || address.family !== 4) return false;
  const lastOctet = address.value & 0xffn;
  return lastOctet === 0n || lastOctet === 0xffn;
}

/** How many addresses the pool can give out. */
export function capacity(pool: Pool): bigint {
  let size = rangesSize(pool.ranges);
  if (!pool.avoidBuggyIPs) return size;
  for (const { family, first, last } of pool.ranges) {
    if (family === 4) size -= multiples(first, last) + multiples(first + 1n, last + 1n);
  }
  return size;
}

/** How many multiples of 256 there are from `first` to `last`. */
function multiples(first: bigint, last: bigint): bigint {
  return last / 256n - (first + 255n) / 256n + 1n;
}

/** The pool that holds an address. */
export function poolOf(pools: readonly Pool[], address: IpAddress): Pool | undefined {
  return pools.find((pool) => contains(pool.ranges, address));
}

/** The pools for a Service that names none: first those of its namespace, by priority, then the default pool. */
export function automaticPools(pools: readonly Pool[], namespace: Namespace): readonly Pool[] {
  const usable = pools.filter((pool) => !pool.disabled && pool.fault === undefined && permits(pool, namespace));
  const byRank = (a: Pool, b: Pool) => a.priority - b.priority || (a.name < b.name ? -1 : 1);
  const own = usable.filter(isScoped).sort(byRank);
  return [...own, ...usable.filter((pool) => pool.isDefault && !own.includes(pool)).sort(byRank)];
}
