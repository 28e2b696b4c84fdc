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
import { LinuxError } from '../../../platform/linux/errno.js';
import type { VirtualMacInterface } from '../../../platform/linux/macvlan.js';
import type { Link } from '../../../platform/linux/rtnetlink.js';
import type { Kernel } from '../kernel.js';
import type { EngineEvent, GroupConfig } from '../messages.js';

/** Names of our interfaces; at most 15 characters. Every other one of a group ends with the letter. */
const ours = /^vr[0-9]+\.[46]\.[0-9]+b?$/;

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
  const open = new Set<VirtualMac>();
  /** Those that are to get another interface. */
  const silent = new Map<VirtualMac, { readonly renewAt: Micros; renew(): void }>();
  let settingsChanged = false;
  let toldOfUnset = false;

  function tellOfUnset(settings: readonly string[]): void {
    if (settings.length === 0 || toldOfUnset) return;
    toldOfUnset = true;
    const message =
      'interfaces of virtual MACs may get IPv6 addresses of their own where routers advertise: these settings cannot be changed here, ' +
      'since /proc/sys is read-only';
    post({ type: 'log', level: 'warn', message, fields: { settings } });
  }

  function leftovers(): Link[] {
    return kernel.rtnetlink.links().filter(({ name, kind }) => kind === 'macvlan' && ours.test(name));
  }

  function openOne(link: Link, { name: group, family, virtualRouterId }: GroupConfig): VirtualMac {
    const mac = virtualRouterMac(family, virtualRouterId);
    const place = { parentIndex: link.index, mac };
    const name = `vr${link.index}.${family}.${virtualRouterId}`;
    let [next, other] = [name, `${name}b`];
    let current: VirtualMacInterface | undefined;

    function make(): VirtualMacInterface {
      current = kernel.virtualMacs.create({ name: next, ...place });
      tellOfUnset(current.unset);
      [next, other] = [other, next];
      return current;
    }

    function switchOn(): void {
      silent.delete(virtual);
      const { raise, interfaceIndex } = current ?? make();
      try {
        raise();
      } catch (error) {
        if (!(error instanceof LinuxError) || error.code !== 'EADDRINUSE') throw error;
        removeFormer(interfaceIndex); // nobody had the time for it yet
        raise();
      }
    }

    /** It has the one name or the other: looked for by these, what that takes does not grow with the node's interfaces. */
    function removeFormer(present: number): void {
      for (const each of [name, `${name}b`].map((known) => kernel.rtnetlink.link({ name: known })))
        if (each?.kind === 'macvlan' && each.index !== present) kernel.rtnetlink.removeLink(each.index);
    }

    function giveAway(): void {
      if (current === undefined) return;
      attempt(current.silence); // it may be gone already
      post({ type: 'spent-interface', interfaceIndex: current.interfaceIndex, name: current.name });
      current = undefined;
    }

    function renew(): void {
      giveAway();
      attempt(make); // whoever is to lead without one says why
    }

    const virtual: VirtualMac = {
      mac,
      get interfaceIndex() {
        return current?.interfaceIndex ?? 0;
      },
      get name() {
        return current?.name ?? '';
      },
      raise() {
        const reason = attempt(switchOn);
        if (reason === undefined) return;
        post({ type: 'log', level: 'error', message: 'virtual MAC not in place', fields: { group, reason } });
      },
      silence() {
        if (current !== undefined) attempt(current.silence);
      },
      retire() {
        virtual.silence();
        silent.delete(virtual); // so that they stay in order
        silent.set(virtual, { renewAt: kernel.now() + renewAfter, renew });
      },
      close() {
        giveAway();
        silent.delete(virtual);
        open.delete(virtual);
      },
    };
    make();
    return virtual;
  }

  return {
    open(link, config) {
      settingsChanged = true; // also by one that fails half-way
      const virtual = openOne(link, config);
      open.add(virtual);
      return virtual;
    },
    work(removing) {
      const [first] = silent;
      if (first !== undefined && first[1].renewAt <= kernel.now()) {
        silent.delete(first[0]);
        first[1].renew();
      }
      if (!settingsChanged || open.size > 0 || removing) return; // too early, the NIC would answer for addresses on their way out
      settingsChanged = false;
      kernel.virtualMacs.restore();
    },
    deadline() {
      if (settingsChanged && open.size === 0) return 0;
      const [first] = silent.values();
      return first?.renewAt ?? never;
    },
    removeLeftovers() {
      const left = leftovers();
      for (const { index } of left) kernel.rtnetlink.removeLink(index);
      return left.map(({ name }) => name);
    },
  };
}

/** What the kernel has against it, if anything. */
function attempt(change: () => void): string | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return error.message;
  }
}
