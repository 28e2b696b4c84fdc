/**
 * Which addresses of a group no router of it is known to have held on this LAN. They are asked for before they are first held; those that
 * a leader was heard to lead with, or that this node held, are not: nothing may delay a failover.
 */
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';

export interface Unproven {
  /** Keys of the addresses. */
  unproven: Set<string>;
  /** Index of the NIC that the others are proven on; undefined before the group had one. */
  provenOn: number | undefined;
}

/** @param before the same group under the configuration that `config` replaces, if there was one */
export function unprovenOf(
  config: Pick<GroupConfig, 'addresses'>,
  before?: Unproven & { readonly config: Pick<GroupConfig, 'addresses'> },
): Unproven {
  const known = new Set(before?.config.addresses.map(addressKey));
  const keys = config.addresses.map(addressKey).filter((key) => !known.has(key) || before?.unproven.has(key));
  return { unproven: new Set(keys), provenOn: before?.provenOn };
}

/** The group lives on a NIC: what was proven on another proves nothing here. */
export function provenOnly(
  member: Unproven & { readonly config: Pick<GroupConfig, 'addresses'> },
  nicIndex: number,
): void {
  if (member.provenOn === nicIndex) return;
  member.provenOn = nicIndex;
  member.unproven = new Set(member.config.addresses.map(addressKey));
}

/** Those of the group's addresses that are to be asked for. */
export function toBeAskedFor({
  unproven,
  config,
}: Unproven & { readonly config: Pick<GroupConfig, 'addresses'> }): readonly Uint8Array[] {
  return unproven.size === 0 ? [] : config.addresses.filter((address) => unproven.has(addressKey(address)));
}
