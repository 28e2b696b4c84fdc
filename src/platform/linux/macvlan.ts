/**
 * The interface that answers with a virtual MAC: a macvlan in private mode on the real NIC.
 *
 * Owns: the interface and the settings without which the wrong interface answers ARP, or adverts are dropped. It is made
 * down and raised only by a leader: an interface that is up and not silent sends MLD reports and router solicitations from the
 * virtual MAC, which moves the switch's idea of where that MAC is.
 *
 * Source: keepalived's documented settings for use_vmac (vmac: arp_ignore, rp_filter; parent: arp_ignore, arp_filter;
 * rp_filter of "all" moved to the interfaces because the kernel takes the larger of both);
 * Documentation/networking/ip-sysctl.rst; RFC 9568 section 7.4 (no interface identifier from the virtual MAC).
 */
import { LinuxError } from './errno.js';
import type { Rtnetlink } from './rtnetlink.js';
import type { Sysctls } from './sysctl.js';

export interface VirtualMacInterface {
  readonly interfaceIndex: number;
  readonly name: string;
  /**
   * Switches it on, or ends its silence: before the addresses are taken. Throws a LinuxError: EADDRINUSE (another macvlan on the parent is
   * up with this MAC).
   */
  raise(): void;
  /**
   * Nothing leaves from the MAC any more, neither an answer nor a report of multicast groups, but what arrives is taken in until the
   * addresses are dropped. Throws a LinuxError.
   */
  silence(): void;
}

/**
 * Makes the interface, down. A left-over of the same name from an earlier life is replaced. It goes by `rtnetlink.removeLink`, which takes
 * tens of milliseconds; the parent's settings come back by `sysctls.restore()`.
 * `name` has at most 15 bytes; `mac` 6. Throws a LinuxError: EEXIST (an interface of another kind has the name), ENODEV (no such
 * parent), EINVAL (the parent cannot carry one, such as a loopback), …
 */
export function createVirtualMacInterface(
  ports: { rtnetlink: Rtnetlink; sysctls: Sysctls },
  o: { name: string; parentIndex: number; mac: Uint8Array },
): VirtualMacInterface {
  const { rtnetlink, sysctls } = ports;
  const leftOver = rtnetlink.link({ name: o.name });
  if (leftOver?.kind === 'macvlan') rtnetlink.removeLink(leftOver.index);
  const parent = rtnetlink.link({ index: o.parentIndex });
  const interfaceIndex = rtnetlink.createMacvlan(o);
  spreadReversePathFilter(sysctls, () => rtnetlink.links().map((link) => link.name));
  for (const [path, value] of ownSettings(o.name)) sysctls.setOwn(path, value);
  if (parent !== undefined) for (const [path, value] of parentSettings(parent.name)) sysctls.set(path, value);
  let hasCarrier = true;
  return {
    interfaceIndex,
    name: o.name,
    raise() {
      rtnetlink.setLinkUp(interfaceIndex, true);
      if (hasCarrier) return;
      rtnetlink.setCarrier(interfaceIndex, true);
      hasCarrier = true;
    },
    silence() {
      if (!hasCarrier) return;
      try {
        rtnetlink.setCarrier(interfaceIndex, false);
        hasCarrier = false;
      } catch (error) {
        if (!(error instanceof LinuxError) || error.code !== 'EOPNOTSUPP') throw error;
        rtnetlink.setLinkUp(interfaceIndex, false); // slow, and deaf as well
      }
    },
  };
}

type Settings = readonly (readonly [path: string, value: string])[];

function ownSettings(name: string): Settings {
  return [
    [`ipv4/conf/${name}/arp_ignore`, '1'], // answer only for addresses on this interface
    [`ipv4/conf/${name}/accept_local`, '0'], // a successor's announcement comes from our address: no answer, which would draw its MAC back here
    [`ipv4/conf/${name}/rp_filter`, '0'], // the way back goes by the parent
    [`ipv6/conf/${name}/addr_gen_mode`, '1'], // no link-local address: both nodes would derive the same
    [`ipv6/conf/${name}/accept_ra`, '0'],
    [`ipv6/conf/${name}/autoconf`, '0'],
    [`ipv6/conf/${name}/router_solicitations`, '0'],
  ];
}

function parentSettings(parent: string): Settings {
  return [
    [`ipv4/conf/${parent}/arp_ignore`, '1'],
    [`ipv4/conf/${parent}/arp_filter`, '1'],
    [`ipv4/conf/${parent}/arp_announce`, '2'], // else its ARP requests tell hosts that a virtual address is at its own MAC
  ];
}

/** The kernel applies the larger of all/rp_filter and the interface's own; 0 on ours needs 0 in "all", the others keep theirs. */
function spreadReversePathFilter(sysctls: Sysctls, names: () => readonly string[]): void {
  const all = sysctls.get('ipv4/conf/all/rp_filter');
  if (all === undefined || all === '0') return;
  for (const name of ['default', ...names()]) {
    const path = `ipv4/conf/${name}/rp_filter`;
    if (Number(sysctls.get(path)) < Number(all)) sysctls.set(path, all);
  }
  sysctls.set('ipv4/conf/all/rp_filter', '0');
}
