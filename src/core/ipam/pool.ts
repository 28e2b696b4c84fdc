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
  readonly namespaceSelector?: Labels;
  /** Whether it serves Services with these labels; without, all. Beside namespaces both must hold. */
  readonly selects?: (labels: Labels) => boolean;
  /** Only for Services that name it, or ask for an address of it. */
  readonly namedOnly?: boolean;
  /** Skip IPv4 addresses that end in .0 or .255. */
  readonly avoidBuggyIPs: boolean;
}

type Labels = Readonly<Record<string, string>>;

export interface Namespace {
  readonly name: string;
  readonly labels: Labels;
}

/** Who asks: a Service, by what pools choose by. */
export interface Asking {
  readonly namespace: Namespace;
  /** The labels of the Service that pools choose by; undefined: they are not known yet, and might be any. */
  readonly labels?: Labels;
}

/** Whether the pool belongs to certain namespaces or Services. An empty selector is a rule that all fulfil, as in OpenELB. */
export function isScoped(pool: Pool): boolean {
  return isOfNamespaces(pool) || pool.selects !== undefined;
}

function isOfNamespaces({ namespaces = [], namespaceSelector }: Pool): boolean {
  return namespaces.length > 0 || namespaceSelector !== undefined;
}

/** Whether a Service may have addresses of the pool: by its namespace, and by its labels. */
export function permits(pool: Pool, { namespace, labels }: Asking): boolean {
  return permitsNamespace(pool, namespace) && (labels === undefined || pool.selects?.(labels) !== false);
}

/** Whether Services of a namespace may have addresses of the pool: named, or with all labels of the selector. */
export function permitsNamespace(pool: Pool, namespace: Namespace): boolean {
  if (!isOfNamespaces(pool)) return true;
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

/** The pools for a Service that names none: first those of its namespace or for its labels, by priority, then the default pool. */
export function automaticPools(pools: readonly Pool[], asking: Asking): readonly Pool[] {
  const isOpen = (pool: Pool) => !pool.disabled && pool.namedOnly !== true && pool.fault === undefined;
  const usable = pools.filter((pool) => isOpen(pool) && permits(pool, asking));
  const byRank = (a: Pool, b: Pool) => a.priority - b.priority || (a.name < b.name ? -1 : 1);
  const own = usable.filter(isScoped).sort(byRank);
  return [...own, ...usable.filter((pool) => pool.isDefault && !own.includes(pool)).sort(byRank)];
}
