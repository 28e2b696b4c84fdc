import type { VipGroup } from '../../src/api/vip-group.js';
import { vipGroups } from '../../src/controller/objects/resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';

/** Says for the agents of its members what they say of a group, each as its own field manager: the first leads. */
export async function reportMembers(client: ApiClient, { metadata: { name }, spec }: VipGroup): Promise<void> {
  const first = spec.members.reduce((a, b) => (b.priority > a.priority ? b : a));
  for (const [at, { node, priority }] of spec.members.entries()) {
    const leads = node === first.node;
    const member = {
      node,
      state: leads ? 'Active' : 'Backup',
      since: '2026-01-02T03:04:05Z',
      priority,
      address: `10.0.${at}.${priority % 250}`,
      interface: 'eth0',
    };
    const lead = leads ? { holder: node, since: member.since, transitions: 1, reason: 'unopposed' } : {};
    const options = { fieldManager: `openelb-agent-${node}`, force: true, subresource: 'status' };
    await client.apply(vipGroups, name, { status: { members: [member], ...lead } }, options);
  }
}
