/** What is remembered of other hosts' claims: one record, which the functions beside it work on. */
import type { Micros } from '../../../core/time.js';
import { formatMac } from '../../../core/wire/mac.js';
import { addressKey } from '../address-key.js';
import type { NeighborSockets } from '../answering/neighbor-sockets.js';
import { reportSighting } from '../election/foreign-adverts.js';
import { text } from '../election/member.js';
import type { EngineEvent } from '../messages.js';
import type { Check, Listener, Probing, Watched } from './watched.js';

export interface Conflicts {
  readonly sockets: NeighborSockets;
  readonly post: (event: EngineEvent) => void;
  readonly count: (name: string) => void;
  /** Whose address it is, if it is a node's own. */
  readonly owner: (address: Uint8Array) => string | undefined;
  /** Groups that lead here. */
  readonly groups: Map<string, LedGroup>;
  /** By the index of the interface. */
  readonly listeners: Map<number, Listener>;
  /** Addresses that another host has, to be probed again. */
  readonly waiting: Set<Watched>;
  /** Addresses that another host claimed, too soon after it was contradicted last. */
  readonly claimed: Set<Watched>;
  /** By group. */
  readonly checks: Map<string, Check>;
  probes: Probing[];
}

export interface LedGroup {
  readonly listener: Listener;
  /** Of the interface. */
  readonly index: number;
  /** By `addressKey`. */
  readonly addresses: ReadonlyMap<string, Watched>;
}

export function newConflicts(o: Pick<Conflicts, 'sockets' | 'post' | 'count' | 'owner'>): Conflicts {
  return {
    ...o,
    groups: new Map(),
    listeners: new Map(),
    waiting: new Set(),
    claimed: new Set(),
    checks: new Map(),
    probes: [],
  };
}

/** Whether its group leads with it still. */
export function isWatched({ groups }: Conflicts, watched: Watched): boolean {
  return groups.get(watched.member.config.name)?.addresses.get(addressKey(watched.address)) === watched;
}

/** Somebody else has it: says so. @param held whether it is held here all the same */
export function tell(c: Conflicts, { member, address }: Watched, mac: Uint8Array, held: boolean, now: Micros): void {
  const seen = { kind: 'address-conflict', offender: formatMac(mac), address: text(address), held } as const;
  reportSighting(c.post, member, seen, now);
}
