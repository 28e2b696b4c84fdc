import assert from 'node:assert/strict';
import { answeredByAnother, askNode, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { startProber } from '../lab/prober.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

/** Nodes as they are with a network for the cluster and another for clients: kubelet's InternalIP is not on the NIC of the Eip. */
const clusterNetwork = '10.99.0.';

for (const [claim, isElsewhere] of [
  ['of every node', () => true],
  ['of the node with the highest priority alone', (name: string) => name === 'n1'],
] as const) {
  for (const transport of ['multicast', 'unicast'] as const) {
    describe(`the InternalIP ${claim} is on another NIC, ${transport}`, function () {
      this.timeout(120_000);
      let stack: Stack;
      let vip: string;

      before(async () => {
        stack = await startStack(`e2einternal${process.pid}`, {
          internalIp: ({ name, address }) => (isElsewhere(name) ? `${clusterNetwork}${name.slice(1)}` : address),
        });
        // So short that a leader is elected before anybody's report can have been heard.
        const pool = vipPool({ groups: 3, interval: '20ms' });
        await stack.apply({ ...pool, spec: { ...pool.spec, vrrp: { ...pool.spec.vrrp, transport } } });
        await stack.apply(loadBalancer('web'));
        vip = await stack.addressOf('web');
      });
      after(() => stack?.lab.close());
      afterEach(function () {
        if (this.currentTest?.state !== 'failed' || stack === undefined) return;
        for (const { agent } of stack.nodes) console.log(`--- ${agent().title}\n${agent().log()}`);
      });

      /** How often agents became Active, by group. */
      const taken = () => {
        const counts = new Map<string, number>();
        for (const node of stack.nodes) {
          for (const line of node.agent().log().split('\n')) {
            if (!line.includes('"message":"became Active"')) continue;
            const { group, reason } = JSON.parse(line) as { group: string; reason: string };
            const key = `${group} ${node.name} ${reason}`;
            counts.set(key, (counts.get(key) ?? 0) + 1);
          }
        }
        return counts;
      };

      it('the group says where each member’s adverts come from, and has one leader', async () => {
        const leader = await settledLeader({ ...stack, vip });
        const group = await eventually('every address', async () => {
          const found = await stack.groupOf(vip);
          return found.spec.members.every(({ address }) => address !== undefined) ? found : undefined;
        });
        for (const { node, address } of group.spec.members)
          assert.equal(address, stack.nodes.find(({ name }) => name === node)!.host.address);
        assert.equal((await stack.holderOf(vip)).name, leader.name);
      });

      it('no group had a second leader on the way there, and no member was taken for a stranger', async () => {
        const leadersOf = new Map<string, Set<string>>();
        for (const key of taken().keys()) {
          const [group = '', node = ''] = key.split(' ');
          leadersOf.set(group, (leadersOf.get(group) ?? new Set()).add(node));
        }
        assert.equal(leadersOf.size, 3);
        for (const [group, leaders] of leadersOf) assert.equal(leaders.size, 1, `${group}: ${[...leaders]}`);
        if (transport === 'unicast') return; // members hear of each other one after the other, and lead nothing meanwhile
        for (const node of stack.nodes) assert.equal((await askNode(node)).drops.stranger, undefined, node.name);
      });

      it('the leader is replaced when it ends, by one', async () => {
        const leader = await settledLeader({ ...stack, vip });
        const prober = startProber(stack.client, vip);
        await prober.answered();
        leader.agent().signal('SIGTERM');
        await leader.agent().exited;
        await answeredByAnother(prober, leader);
        await prober.stop();
        const holders = await Promise.all(stack.nodes.map(async ({ host }) => (await host.addresses()).includes(vip)));
        assert.equal(holders.filter(Boolean).length, 1);
      });
    });
  }
}
