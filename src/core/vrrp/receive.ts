import type { Family } from '../ip/address.js';
import type { Micros } from '../time.js';
import { compareOctets, equalOctets } from '../wire/octets.js';
import type { ReceivedAdvert } from '../wire/vrrp-frame.js';

/** What one virtual router on one interface lets in. */
export interface Reception {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly virtualRouterId: number;
  /** Own priority, 1..255. */
  readonly priority: number;
  readonly advertisementInterval: Micros;
  /** The addresses that our own adverts list. */
  readonly addresses: readonly Uint8Array[];
  /** Every address this node may send adverts from on the interface. */
  readonly ownSources: readonly Uint8Array[];
  /** Addresses of the other members, as far as they are known. */
  readonly members: readonly Uint8Array[];
  /**
   * The highest priority of a member whose address is not known; 0 when all are. An advert from nowhere known may be that member's, so it is
   * believed up to this priority.
   */
  readonly absentUpTo: number;
  /** Who was last believed to lead: an unknown sender, or one that is no member any more, can resign only from what it held. */
  readonly activeSource: Uint8Array | undefined;
  /**
   * What an unknown sender may say in the change of a group's members, of which each of them hears at another time: `newcomer` is one that
   * has followed nobody yet, and believes that a former member resigns; `leaver` is one that is no member any more, and believes
   * that a new member leads.
   */
  readonly stage?: 'newcomer' | 'leaver' | undefined;
  readonly transport: 'multicast' | 'unicast';
  /** Addresses of other members as far as they are known: what is sent to one of them is not for us. */
  readonly others: readonly Uint8Array[];
}

/** Why an advert that is well formed is not for this virtual router, in the order of the checks. */
export type ReceptionDrop =
  | 'vlan'
  | 'virtual-router-unknown'
  | 'version-mismatch'
  | 'own-source'
  | 'stranger'
  | 'transport'
  | 'other-destination'
  | 'interval-mismatch';

/** What is odd about an advert that counts all the same: to be counted and shown, never acted upon. */
export type ReceptionFlag =
  /** Version 3: its interval is not ours; the machine learns it. */
  | 'interval-mismatch'
  /**
   * Its addresses are not ours, in whatever order. RFC 3768 section 7.1 leaves it to version 2 to look. Members hear of a change at
   * different times, and whoever dropped the others' adverts meanwhile would lead beside them.
   */
  | 'address-list'
  /** We own the addresses and somebody else claims them (erratum 8298). */
  | 'second-owner'
  /** It comes from no known address, and may be a member's whose address is not known yet. */
  | 'untrusted';

export type ReceptionVerdict =
  | { readonly ok: true; readonly flags: readonly ReceptionFlag[] }
  | { readonly ok: false; readonly reason: ReceptionDrop };

interface Check {
  readonly reason: ReceptionDrop;
  /** The rule, and where it stands. */
  readonly clause: string;
  readonly passes: (received: ReceivedAdvert, reception: Reception) => boolean;
}

/** The checks that need configuration, in the order in which they are made: the first that fails names the drop. */
export const receptionChecks: readonly Check[] = [
  {
    reason: 'version-mismatch',
    clause: 'RFC 9568 7.1: the version is the one the virtual router speaks',
    passes: ({ advert }, { version }) => advert.version === version,
  },
  {
    reason: 'own-source',
    clause: 'an advert from our own address is an echo or a duplicate of us, never a peer (keepalived)',
    passes: ({ source }, { ownSources }) => !includes(ownSources, source),
  },
  {
    reason: 'stranger',
    clause: 'only members of the group take part in its election (this product)',
    passes: (received, reception) =>
      includes(reception.members, received.source) ||
      mayBeAbsent(received, reception) ||
      mayBeChanging(received, reception),
  },
  {
    reason: 'transport',
    clause: 'multicast adverts do not count where unicast is configured, nor the reverse (keepalived)',
    passes: ({ destination }, { transport }) => isMulticast(destination) === (transport === 'multicast'),
  },
  {
    reason: 'other-destination',
    clause: 'a copy for another member, which goes to everybody while that one’s MAC is unknown (this product)',
    passes: ({ destination }, { ownSources, others }) =>
      isMulticast(destination) || includes(ownSources, destination) || !includes(others, destination),
  },
  {
    reason: 'interval-mismatch',
    clause: 'RFC 3768 7.1: version 2 only; version 3 learns the interval instead',
    passes: ({ advert }, { advertisementInterval }) =>
      advert.version === 3 || advert.interval === advertisementInterval,
  },
];

const accepted: ReceptionVerdict = { ok: true, flags: [] };

/**
 * Judges an advert that `decodeAdvertFrame` accepted by what only the configuration knows.
 *
 * @param reception of the virtual router with the advert's family and VRID on the interface it came in by; undefined when
 *   there is none
 */
export function receiveAdvert(received: ReceivedAdvert, reception: Reception | undefined): ReceptionVerdict {
  if (received.vlan !== 0) return { ok: false, reason: 'vlan' };
  if (!reception || !isFor(received, reception)) return { ok: false, reason: 'virtual-router-unknown' };
  for (const { reason, passes } of receptionChecks) {
    if (!passes(received, reception)) return { ok: false, reason };
  }
  const flags = flagsOf(received, reception);
  return flags.length === 0 ? accepted : { ok: true, flags };
}

function isFor({ advert }: ReceivedAdvert, { family, virtualRouterId }: Reception): boolean {
  return advert.family === family && advert.virtualRouterId === virtualRouterId;
}

/** Whether an advert from an unknown address may be that of a member whose address nobody knows yet. */
function mayBeAbsent({ advert }: ReceivedAdvert, { absentUpTo }: Reception): boolean {
  return advert.priority > 0 && advert.priority <= absentUpTo;
}

/**
 * Whether an advert from an unknown address may be that of a member before this one came, or after it left. It moves only what moves
 * anyway: a newcomer that hears no member takes over soon, and a leaver lets go soon. Who was a member when it was last believed to lead
 * resigns because it heard before us that it is none, or after us.
 */
function mayBeChanging({ advert, source }: ReceivedAdvert, { stage, activeSource }: Reception): boolean {
  if (advert.priority > 0) return stage === 'leaver';
  return stage === 'newcomer' || (activeSource !== undefined && equalOctets(source, activeSource));
}

function flagsOf({ advert, source }: ReceivedAdvert, reception: Reception): readonly ReceptionFlag[] {
  const flags: ReceptionFlag[] = [];
  if (advert.interval !== reception.advertisementInterval) flags.push('interval-mismatch');
  if (!sameAddresses(advert.addresses, reception.addresses)) flags.push('address-list');
  if (reception.priority === 255) flags.push('second-owner');
  if (!includes(reception.members, source)) flags.push('untrusted');
  return flags;
}

/** Whether two lists hold the same addresses; the usual case, the same order, is found without sorting. */
function sameAddresses(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return sameOrder(a, b) || sameOrder(a.toSorted(compareOctets), b.toSorted(compareOctets));
}

function sameOrder(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.every((address, index) => equalOctets(address, b[index]!));
}

function includes(list: readonly Uint8Array[], address: Uint8Array): boolean {
  for (const each of list) if (equalOctets(each, address)) return true;
  return false;
}

/** 224.0.0.0/4 or ff00::/8. */
function isMulticast(address: Uint8Array): boolean {
  return address.length === 4 ? address[0]! >> 4 === 0xe : address[0] === 0xff;
}
