/** The addresses that the groups of this node answer for, collected anew only when a group has come, changed or gone. */
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';

export interface VirtualAddresses {
  configs: readonly GroupConfig[];
  keys: ReadonlySet<string>;
}

export function newVirtualAddresses(): VirtualAddresses {
  return { configs: [], keys: new Set() };
}

/** Their keys. */
export function virtualKeys(
  known: VirtualAddresses,
  members: Iterable<{ readonly config: GroupConfig }>,
): ReadonlySet<string> {
  const configs = Array.from(members, ({ config }) => config);
  const same = configs.length === known.configs.length && configs.every((config, at) => config === known.configs[at]);
  if (same) return known.keys;
  known.configs = configs;
  known.keys = new Set(configs.flatMap(({ addresses }) => addresses.map(addressKey)));
  return known.keys;
}
