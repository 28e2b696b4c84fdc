/**
 * Which addresses of a group no router of it is known to have held on this LAN. They are asked for before they are first held; those that
 * a leader was heard to lead with for a while, or that this node held, are not: nothing may delay a failover.
 */
import type { Micros } from '../../../core/time.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';

export interface Unproven {
  /** By key of the address, who leads and may hold it, where anybody was heard to. */
  unproven: Map<string, Candidate | undefined>;
  /** Index of the NIC that the others are proven on; undefined before the group had one. */
  provenOn: number | undefined;
}

/** A router that was heard to lead, and since when. */
interface Candidate {
  readonly source: Uint8Array;
  readonly since: Micros;
}

type Addressed = Unproven & { readonly config: Pick<GroupConfig, 'addresses' | 'notHeld'> };

/** A leader says that it leads when it begins to ask for its addresses: by then it holds what nobody else has, or has said that it does not. */
const heldAfterAtMost: Micros = 500_000;

/** @param before the same group under the configuration that `config` replaces, if there was one */
export function unprovenOf(config: Pick<GroupConfig, 'addresses'>, before?: Addressed): Unproven {
  const known = new Set(before?.config.addresses.map(addressKey));
  const keys = config.addresses.map(addressKey).filter((key) => !known.has(key) || before?.unproven.has(key));
  return { unproven: new Map(keys.map((key) => [key, before?.unproven.get(key)])), provenOn: before?.provenOn };
}

/** The group lives on a NIC: what was proven on another proves nothing here. */
export function provenOnly(member: Addressed, nicIndex: number): void {
  if (member.provenOn === nicIndex) return;
  member.provenOn = nicIndex;
  member.unproven = new Map(member.config.addresses.map((address) => [addressKey(address), undefined]));
}

/**
 * An advert came: two that are far enough apart prove what their sender leads with. One is also what two say that begin at the same time.
 * Two intervals are what a member hears of a leader at least before it preempts it, which must not wait for answers.
 */
export function heardToLead(
  { unproven, config }: Unproven & { readonly config: Pick<GroupConfig, 'advertisementInterval'> },
  source: Uint8Array,
  now: Micros,
): void {
  const heldAfter = Math.min(2 * config.advertisementInterval, heldAfterAtMost);
  for (const [key, candidate] of unproven) {
    if (candidate === undefined || !equalOctets(candidate.source, source)) unproven.set(key, { source, since: now });
    else if (now - candidate.since >= heldAfter) unproven.delete(key);
  }
}

/** The group comes to lead here. What its last leader never held because of another host was proven by nobody. */
export function unproveNeverHeld({ unproven, config }: Addressed): void {
  for (const { address, neverHeld } of config.notHeld ?? [])
    if (neverHeld) unproven.set(addressKey(address), undefined);
}

/** Those of the group's addresses that are to be asked for: what its last leader left to another host is as well. */
export function toBeAskedFor({ unproven, config }: Addressed): readonly Uint8Array[] {
  const { addresses, notHeld = [] } = config;
  if (unproven.size === 0 && notHeld.length === 0) return [];
  const left = new Set(notHeld.map(({ address }) => addressKey(address)));
  return addresses.filter((address) => unproven.has(addressKey(address)) || left.has(addressKey(address)));
}
