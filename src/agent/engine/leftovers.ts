/** What an earlier life of the agent left behind of what is ours to answer for. Whatever else it left ends with its lease. */
import { addressKey } from './address-key.js';
import type { VirtualMacs } from './answering/virtual-macs.js';
import { text } from './election/member.js';
import type { Kernel } from './kernel.js';
import type { EngineEvent, GroupConfig } from './messages.js';

/** Removes it, and says what it was. */
export function removeLeftovers(
  groups: readonly GroupConfig[],
  { rtnetlink }: Pick<Kernel, 'rtnetlink'>,
  virtualMacs: VirtualMacs,
  post: (event: EngineEvent) => void,
): void {
  const ours = new Set(groups.flatMap((group) => group.addresses.map(addressKey)));
  const interfaces = virtualMacs.removeLeftovers();
  if (interfaces.length > 0) {
    const message = 'removed interfaces that an earlier run left behind';
    post({ type: 'log', level: 'info', message, fields: { interfaces } });
  }
  const leftovers = rtnetlink.addresses().filter((each) => each.ours && ours.has(addressKey(each.address)));
  if (leftovers.length === 0) return;
  rtnetlink.removeAddresses(leftovers);
  const fields = { addresses: leftovers.map((each) => text(each.address)) };
  post({ type: 'log', level: 'info', message: 'removed addresses that an earlier run left behind', fields });
}
