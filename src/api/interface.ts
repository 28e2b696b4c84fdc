/** `spec.interface`: which NIC, by its name or by the route to an address (OpenELB's two forms). */
import { type IpAddress, parseIp } from '../core/ip/address.js';

export type InterfaceChoice =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'route'; readonly destination: IpAddress };

/** Characters of an interface name: at most 15 (IFNAMSIZ of linux/if.h, less the closing zero). */
const maxNameLength = 15;

/** What `text` chooses, or the reason why it chooses nothing, with the remedy. */
export function parseInterface(text: string): InterfaceChoice | { readonly by: 'nothing'; readonly reason: string } {
  if (text.startsWith('can_reach')) {
    const destination = parseIp(text.slice('can_reach:'.length));
    if (text.startsWith('can_reach:') && destination !== undefined) return { by: 'route', destination };
    return { by: 'nothing', reason: `"${text}" names no address: write can_reach:IP, like can_reach:192.0.2.1` };
  }
  if (text === '' || text.length > maxNameLength || /[\s/:]/.test(text) || text === '.' || text === '..') {
    const reason = `"${text}" is no NIC name (1 to ${maxNameLength} characters, no blank, slash or colon): write a name like eth0, or can_reach:IP`;
    return { by: 'nothing', reason };
  }
  return { by: 'name', name: text };
}
