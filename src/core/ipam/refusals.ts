/** The words of every refusal: the pool, the cause, the remedy. */
import { type Family, formatIp, type IpAddress } from '../ip/address.js';
import { formatRange, rangesSize } from '../ip/range.js';
import type { Refusal } from './decision.js';
import { type Exclusion, type Exclusions, leftOut } from './exclusions.js';
import type { Namespace, Pool } from './pool.js';

export function addressInvalid(text: string): Refusal {
  return { reason: 'AddressInvalid', message: `"${text}" is no IP address: ask for one like 192.0.2.10` };
}

export function wrongFamily(address: IpAddress, families: readonly Family[]): Refusal {
  const have = families.map((family) => `IPv${family}`).join(' and ');
  return {
    reason: 'AddressInvalid',
    message: `${formatIp(address)} is IPv${address.family}, but the Service is ${have}: ask for an address of its family, or change its ipFamilies`,
  };
}

export function tooManyAsked(count: number, most: number): Refusal {
  return { reason: 'AddressInvalid', message: `${count} addresses are asked for: ask for ${most} at most` };
}

export function addressOutside(address: IpAddress, pools: readonly Pool[], named: boolean): Refusal {
  const text = formatIp(address);
  const message = named
    ? `${text} is not in ${poolsText(pools)}: ask for an address of it, or name the Eip that holds ${text}`
    : `no Eip holds ${text}: ${pools.length === 0 ? 'there is none: create one' : `there are ${poolsText(pools)}: ask for one of their addresses, or add it to an Eip`}`;
  return { reason: 'AddressOutsidePools', message };
}

export function addressAvoided(address: IpAddress, pool: Pool): Refusal {
  const message = `${formatIp(address)} ends in .0 or .255, which Eip ${pool.name} leaves out (avoidBuggyIPs): ask for another address`;
  return { reason: 'AddressAvoided', message };
}

export function addressExcluded(address: IpAddress, pool: Pool, { what }: Exclusion): Refusal {
  const message = `${formatIp(address)} of Eip ${pool.name} is ${what}: ask for another address`;
  return { reason: 'AddressExcluded', message };
}

export function addressTaken(address: IpAddress, pool: Pool, holder: string, why: string): Refusal {
  return {
    reason: 'AddressTaken',
    message: `${formatIp(address)} of Eip ${pool.name} is in use by Service ${holder}: ask for another address; ${why}`,
  };
}

export function poolUnknown(name: string, pools: readonly Pool[]): Refusal {
  const there = pools.length === 0 ? 'there is no Eip' : `there are ${poolsText(pools)}`;
  return { reason: 'PoolUnknown', message: `Eip ${name} does not exist: ${there}: create it, or name another` };
}

export function poolInvalid(pool: Pool): Refusal {
  return { reason: 'PoolInvalid', message: `Eip ${pool.name} gives out no addresses: ${pool.fault}` };
}

export function poolDisabled(pool: Pool): Refusal {
  return {
    reason: 'PoolDisabled',
    message: `Eip ${pool.name} is disabled: set its spec.disable to false, or name another`,
  };
}

export function namespaceNotAllowed(pool: Pool, namespace: Namespace): Refusal {
  return {
    reason: 'NamespaceNotAllowed',
    message: `Eip ${pool.name} does not serve namespace ${namespace.name}: add it to the Eip's spec.namespaces or give the namespace the labels of its spec.namespaceSelector, or name another Eip`,
  };
}

export function serviceNotSelected(pool: Pool): Refusal {
  return {
    reason: 'ServiceNotSelected',
    message: `Eip ${pool.name} is for Services with certain labels, and this one has others: give it the labels of the Eip's spec.serviceSelectors, or name another Eip`,
  };
}

export function noPool(namespace: Namespace, pools: readonly Pool[]): Refusal {
  const which =
    pools.length === 0
      ? 'there is no Eip: create one'
      : `name one of ${poolsText(pools)} in the annotation eip.openelb.kubesphere.io/v1alpha2, or make one the default (annotation eip.openelb.kubesphere.io/is-default-eip: "true" on the Eip)`;
  return {
    reason: 'NoPool',
    message: `no Eip is for namespace ${namespace.name} and none is the default: ${which}`,
  };
}

export function familyUnavailable(pools: readonly Pool[], family: Family): Refusal {
  return {
    reason: 'FamilyUnavailable',
    message: `${poolsText(pools)} has no IPv${family} address: add some to its spec.address, or change the Service's ipFamilies`,
  };
}

export function poolFull(pools: readonly Pool[], family: Family, exclusions: Exclusions): Refusal {
  const sizes = pools.map((pool) => {
    const ranges = pool.ranges.filter((range) => range.family === family);
    const size = rangesSize(ranges);
    const out = leftOut({ ...pool, ranges }, exclusions);
    const without = out === 0n ? '' : `, ${out} left out as its status says`;
    return `Eip ${pool.name} (${size} IPv${family} address${size === 1n ? '' : 'es'}${without})`;
  });
  return {
    reason: 'PoolFull',
    message: `every address of ${sizes.join(', ')} is in use: add addresses to its spec.address, or free one`,
  };
}

/** How many pools a message names. */
const maxNamed = 5;

function poolsText(pools: readonly Pool[]): string {
  const named = pools.slice(0, maxNamed).map((pool) => {
    const ranges = pool.ranges.slice(0, 2).map(formatRange).join(',');
    return `Eip ${pool.name}${ranges === '' ? '' : ` (${ranges}${pool.ranges.length > 2 ? ',…' : ''})`}`;
  });
  return named.join(', ') + (pools.length > maxNamed ? ` and ${pools.length - maxNamed} more` : '');
}
