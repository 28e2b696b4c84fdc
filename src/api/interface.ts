/** `spec.interface`: which NIC. By its name and by the route to an address are OpenELB's two forms; the others are ours. */
import { type IpAddress, parseIp } from '../core/ip/address.js';

export type InterfaceChoice =
  | { readonly by: 'name'; readonly name: string }
  /** The first that a node has, in this order; `*` stands for any characters. */
  | { readonly by: 'names'; readonly patterns: readonly string[] }
  | { readonly by: 'route'; readonly destination: IpAddress }
  /** The one whose subnet holds the address, else that of the default route. */
  | { readonly by: 'subnet'; readonly address: IpAddress };

/** Characters of an interface name: at most 15 (IFNAMSIZ of linux/if.h, less the closing zero). */
const maxNameLength = 15;
/** How many names a list may have. */
const maxNames = 16;

/** What stands in a VipGroup whose Eip names no NIC. */
export const subnetOf = 'subnet_of:';
const canReach = 'can_reach:';

/** What `text` chooses, or the reason why it chooses nothing, with the remedy. */
export function parseInterface(text: string): InterfaceChoice | { readonly by: 'nothing'; readonly reason: string } {
  for (const prefix of [canReach, subnetOf]) {
    if (!text.startsWith(prefix.slice(0, -1))) continue;
    const address = parseIp(text.slice(prefix.length));
    if (!text.startsWith(prefix) || address === undefined) {
      return { by: 'nothing', reason: `"${text}" names no address: write ${prefix}IP, like ${prefix}192.0.2.1` };
    }
    return prefix === canReach ? { by: 'route', destination: address } : { by: 'subnet', address };
  }
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !isName(name));
  if (wrong !== undefined || names.length > maxNames) {
    const reason = `"${wrong ?? text}" is no NIC name (1 to ${maxNameLength} characters, no blank, slash or colon): write a name like eth0, a list of up to ${maxNames} like eth0,eno*, or can_reach:IP`;
    return { by: 'nothing', reason };
  }
  return names.length === 1 && !text.includes('*') ? { by: 'name', name: names[0]! } : { by: 'names', patterns: names };
}

function isName(name: string): boolean {
  return name !== '' && name.length <= maxNameLength && !/[\s/:]/.test(name) && name !== '.' && name !== '..';
}
