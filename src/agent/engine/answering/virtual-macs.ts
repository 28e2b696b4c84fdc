/**
 * Virtual routers that answer with the virtual router MAC (RFC 9568 section 7.3): a macvlan each, which is down until its router leads.
 *
 * Linux holds the lock that all changes of interfaces and addresses need for 8 to 16 ms to switch a macvlan off, but hardly at all to take
 * its carrier away (0.3 ms) or to remove it (though whoever asks for that waits for 10 to 20 ms). So none is ever switched off:
 * one whose group leads no more is silent. Should it lead again soon, it speaks again; else somebody removes it who can wait, and the
 * next is made in its stead (1 ms).
 */
import { type Micros, never } from '../../../core/time.js';
import { virtualRouterMac } from '../../../core/wire/mac.js';
import type { Link } from '../../../platform/linux/rtnetlink.js';
import type { Kernel } from '../kernel.js';
import type { EngineEvent, GroupConfig } from '../messages.js';
import { giveAway, make, raise, renew, silence } from './virtual-macs/interface.js';
import { interfaceNames, removeLeftovers } from './virtual-macs/names.js';
import { type GroupMac, newVirtualMacState, type VirtualMacState } from './virtual-macs/state.js';

/** How long an interface stays silent: after a hand-over, or while leadership goes to and fro. */
const renewAfter: Micros = 1_000_000;

/** The virtual MAC of a group on a NIC. */
export interface VirtualMac {
  readonly mac: Uint8Array;
  /** Of the interface that has the MAC; 0 and empty between one that has led and the next. */
  readonly interfaceIndex: number;
  readonly name: string;
  /** The group leads: the interface is switched on. What keeps it from that is logged. */
  raise(): void;
  /** Nothing leaves from the MAC any more. What arrives is taken in until the addresses go. */
  silence(): void;
  /** The group leads no more: it is silent, and another interface takes its place when it has been for a while. */
  retire(): void;
  /** The group needs the MAC no more. With the last one the settings of the NICs come back as they were. */
  close(): void;
}

export interface VirtualMacs {
  /** Makes the interface of a group, down. Throws a LinuxError. */
  open(link: Link, config: GroupConfig): VirtualMac;
  /** Does what can wait until a turn is nearly over. `removing`: addresses that were dropped are still in place. */
  work(removing: boolean): void;
  deadline(): Micros;
  /** Removes what an earlier life left behind, and says what that was. */
  removeLeftovers(): readonly string[];
}

export function createVirtualMacs(
  kernel: Pick<Kernel, 'virtualMacs' | 'rtnetlink' | 'now'>,
  post: (event: EngineEvent) => void,
): VirtualMacs {
  const v = newVirtualMacState({ kernel, post });
  return {
    open: (link, config) => asVirtualMac(v, open(v, link, config)),
    work: (removing) => work(v, removing),
    deadline: () => deadline(v),
    removeLeftovers: () => removeLeftovers(v),
  };
}

function asVirtualMac(v: VirtualMacState, own: GroupMac): VirtualMac {
  return {
    mac: own.mac,
    get interfaceIndex() {
      return own.current?.interfaceIndex ?? 0;
    },
    get name() {
      return own.current?.name ?? '';
    },
    raise: () => raise(v, own),
    silence: () => silence(own),
    retire: () => retire(v, own),
    close: () => close(v, own),
  };
}

function open(v: VirtualMacState, link: Link, config: GroupConfig): GroupMac {
  v.settingsChanged = true; // also by one that fails half-way
  const { name: group, family, virtualRouterId } = config;
  const mac = virtualRouterMac(family, virtualRouterId);
  const names = interfaceNames(link, config);
  const own: GroupMac = { group, mac, parentIndex: link.index, names, nextName: 0, current: undefined };
  make(v, own);
  v.open.add(own);
  return own;
}

function retire(v: VirtualMacState, own: GroupMac): void {
  silence(own);
  v.renewAt.delete(own); // so that they stay in order
  v.renewAt.set(own, v.kernel.now() + renewAfter);
}

function close(v: VirtualMacState, own: GroupMac): void {
  giveAway(v, own);
  v.renewAt.delete(own);
  v.open.delete(own);
}

function work(v: VirtualMacState, removing: boolean): void {
  const [first] = v.renewAt;
  if (first !== undefined && first[1] <= v.kernel.now()) {
    v.renewAt.delete(first[0]);
    renew(v, first[0]);
  }
  if (!v.settingsChanged || v.open.size > 0 || removing) return; // too early, the NIC would answer for addresses on their way out
  v.settingsChanged = false;
  v.kernel.virtualMacs.restore();
}

function deadline({ settingsChanged, open, renewAt }: VirtualMacState): Micros {
  if (settingsChanged && open.size === 0) return 0;
  const [first] = renewAt.values();
  return first ?? never;
}
