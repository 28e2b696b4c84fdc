/** What there is to try on a NIC: pure. */
import type { AgentStatus } from '../../agent/status/agent-status.js';
import type { VipGroup } from '../../api/vip-group.js';
import { parseIp } from '../../core/ip/address.js';
import type { Link } from '../../platform/linux/rtnetlink.js';
import type { NicPlan } from './try-nic.js';

export function planOf(link: Link, agent: AgentStatus, groups: readonly VipGroup[]): NicPlan {
  const here = (agent.members ?? []).filter((member) => member.interface === link.name);
  const sources = new Map<number, string>();
  const members = new Map<string, { readonly node: string; readonly address: string }>();
  for (const { group, address } of here) {
    const family = address === undefined ? undefined : parseIp(address)?.family;
    if (family !== undefined && !sources.has(family)) sources.set(family, address!);
    const spec = groups.find(({ metadata }) => metadata.name === group)?.spec;
    for (const member of spec?.members ?? [])
      if (member.node !== agent.node && member.address !== undefined && parseIp(member.address) !== undefined)
        members.set(member.address, { node: member.node, address: member.address });
  }
  const held = here.filter(({ state }) => state === 'Active').flatMap((member) => member.held);
  return {
    link,
    sources: [...sources.values()],
    members: [...members.values()],
    held: held.filter((address) => parseIp(address)?.family === 4),
  };
}
