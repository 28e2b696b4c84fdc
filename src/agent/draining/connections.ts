/** How many connections are handed on, as the kernel counts them: those of which something came within the last minute. */
import type { Micros } from '../../core/time.js';
import { octetsOf } from './contents.js';
import { tableOf } from './ruleset.js';
import type { Turns } from './turn.js';

/**
 * By address, of those whose segments go to who led before. Of one that is at an end, or whose former leader is dead, nothing is handed on, though it
 * spoke a moment ago. It costs what connections there are, at most 16384 of each family.
 */
export function connectionsOf(
  { nftables, tables }: Pick<Turns, 'nftables' | 'tables'>,
  now: Micros,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { family, holds } of tables.values()) {
    if (holds === undefined || nftables === undefined) continue;
    const addresses = new Map<string, string>();
    for (const { address, to, until } of [...holds.direct, ...holds.passed, ...holds.returned])
      if (to !== undefined && until > now) addresses.set(textOf(octetsOf(address)), address);
    const length = family === 'ip' ? 4 : 16;
    for (const key of nftables.elements(tableOf(family), 'connections')) {
      const address = addresses.get(textOf(key.subarray(length + 4, 2 * length + 4))); // behind the client's, and its port
      if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1);
    }
  }
  return counts;
}

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}

export function sumOf(counts: ReadonlyMap<string, number>, addresses: Iterable<string> = counts.keys()): number {
  let sum = 0;
  for (const address of addresses) sum += counts.get(address) ?? 0;
  return sum;
}
