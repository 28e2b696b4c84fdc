import { formatIp, ipFromBytes } from '../../../core/ip/address.js';
import type { Micros } from '../../../core/time.js';
import { addressKey } from '../address-key.js';
import type { Inventory } from '../inventory.js';
import type { Kernel } from '../kernel.js';
import type { BfdPath, BfdProblem } from './contract.js';

/** A path as it is gone. */
export interface PlacedPath {
  readonly remote: Uint8Array;
  /** Undefined: what the kernel takes, where no route says which. */
  readonly local: Uint8Array | undefined;
  /** Undefined over many hops: any. */
  readonly interface: { readonly index: number; readonly name: string } | undefined;
  /** 255 on the link. */
  readonly leastHopLimit: number;
}

export type Placement =
  | { readonly ok: true; readonly path: PlacedPath }
  | { readonly ok: false; readonly reason: BfdProblem; readonly message: string };

/** How soon a path is looked for again that had no place, or no socket. */
export const retryInterval: Micros = 2_000_000;

/** Finds the NIC of a path, where it is one of one hop, and the address that packets come from. */
export function placePath(
  { remote, local, interface: name, hops = 'one', leastHopLimit = 1 }: BfdPath,
  inventory: Pick<Inventory, 'link' | 'linkNamed' | 'addresses'>,
  rtnetlink: Pick<Kernel['rtnetlink'], 'routeTo'>,
): Placement {
  const named = name === undefined ? undefined : inventory.linkNamed(name);
  if (name !== undefined && named === undefined)
    return refused('NoInterface', `there is no interface ${name}: see \`ip link\``);
  const route = isLinkLocal(remote) ? undefined : rtnetlink.routeTo(remote, named?.index);
  if (!isLinkLocal(remote) && (hops === 'many' || (hops === 'as-routed' && route?.gateway !== undefined))) {
    if (route === undefined) return refused('NoRoute', `there is no route to ${text(remote)}: see \`ip route get\``);
    return { ok: true, path: { remote, local: local ?? route.source, interface: undefined, leastHopLimit } };
  }
  const link = named ?? (route && inventory.link(route.interfaceIndex));
  if (link === undefined || route?.gateway !== undefined) {
    const remedy = 'add an address of its subnet to this node, or leave out BFD';
    return refused(
      'NoInterface',
      `${text(remote)} is not on a link of this node, as BFD of one hop needs it: ${remedy}`,
    );
  }
  const has = inventory.addresses(link.index).map(({ address }) => addressKey(address));
  if (local !== undefined && !has.includes(addressKey(local))) {
    return refused(
      'NoAddress',
      `${link.name} does not have the address ${text(local)}: add it, or give one that it has`,
    );
  }
  const { index } = link;
  const placed = { remote, local: local ?? route?.source, interface: { index, name: link.name }, leastHopLimit: 255 };
  return { ok: true, path: placed };
}

function refused(reason: BfdProblem, message: string): Placement {
  return { ok: false, reason, message };
}

/** What tells paths apart: what two users want of the same one is one session. */
export function pathKey({ remote, local, interface: nic, leastHopLimit }: PlacedPath): string {
  return `${neighborKey(remote, nic?.index ?? 0)} ${local === undefined ? '' : addressKey(local)} ${leastHopLimit}`;
}

/** What tells neighbours apart. */
export function neighborKey(remote: Uint8Array, interfaceIndex: number): string {
  return `${interfaceIndex} ${addressKey(remote)}`;
}

function text(address: Uint8Array): string {
  return formatIp(ipFromBytes(address));
}

/** fe80::/10: its way is the link itself, and no table of routes says so. */
function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}
