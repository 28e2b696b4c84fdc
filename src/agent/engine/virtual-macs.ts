/**
 * Virtual routers that answer with the virtual router MAC (RFC 9568 section 7.3): a macvlan each, which the leader switches on.
 */
import { virtualRouterMac } from '../../core/wire/mac.js';
import { LinuxError } from '../../platform/linux/errno.js';
import type { VirtualMacInterface } from '../../platform/linux/macvlan.js';
import type { Link } from '../../platform/linux/rtnetlink.js';
import type { Kernel } from './kernel.js';
import type { Member } from './member.js';
import type { EngineEvent, GroupConfig } from './messages.js';

/** Names of our interfaces; at most 15 characters. */
const ours = /^vr[0-9]+\.[46]\.[0-9]+$/;

export interface VirtualMacs {
  /** Makes the interface of a group, down. Throws a LinuxError. */
  open(link: Link, config: GroupConfig): VirtualMacInterface;
  /** Switches it off for good, and asks for its removal; with the last one the settings of its NIC come back as they were. */
  close(virtual: VirtualMacInterface): void;
  /** Removes what an earlier life left behind, and says what that was. */
  removeLeftovers(): readonly string[];
}

export function createVirtualMacs(
  kernel: Pick<Kernel, 'virtualMacs' | 'rtnetlink'>,
  post: (event: EngineEvent) => void,
): VirtualMacs {
  const open = new Set<VirtualMacInterface>();
  return {
    open(link, { family, virtualRouterId }) {
      const name = `vr${link.index}.${family}.${virtualRouterId}`;
      const mac = virtualRouterMac(family, virtualRouterId);
      const virtual = kernel.virtualMacs.create({ name, parentIndex: link.index, mac });
      open.add(virtual);
      return virtual;
    },
    close(virtual) {
      setUp(virtual, false); // it may be gone already
      post({ type: 'spent-interface', interfaceIndex: virtual.interfaceIndex, name: virtual.name });
      open.delete(virtual);
      if (open.size === 0) kernel.virtualMacs.restore();
    },
    removeLeftovers() {
      const left = kernel.rtnetlink.links().filter(({ name, kind }) => kind === 'macvlan' && ours.test(name));
      for (const { index } of left) kernel.rtnetlink.removeLink(index);
      return left.map(({ name }) => name);
    },
  };
}

/** Switches the group's interface, if it has one, on or off; returns why that failed, if it did. */
export function switchVirtualMac({ seat }: Member, on: boolean): string | undefined {
  return seat?.virtual && setUp(seat.virtual, on);
}

function setUp(virtual: VirtualMacInterface, on: boolean): string | undefined {
  try {
    virtual.setUp(on);
    return undefined;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return error.message;
  }
}
