import assert from 'node:assert/strict';
import { answeredByAnother, askNode, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { startProber } from '../lab/prober.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

/** Nodes as they are with a network for the cluster and another for clients: kubelet's InternalIP is not on the NIC of the Eip. */
const clusterNetwork = '10.99.0.';
const intervalMs = 20;
/**
 * Timers that end within the time that an advert takes make two leaders, of whom one yields to the other's advert. A leader that ignores
 * the other's goes on until the group says where that one's come from, which is a matter of hundreds of milliseconds.
 */
const soonMs = 5 * intervalMs;
/** Who hands over goes on for 100 ms after it has heard its successor; the rest is for two logs on a busy machine. */
const handOverMs = 1_000;

interface Reign {
  readonly group: string;
  readonly node: string;
  readonly from: number;
  to: number;
  /** It went on until its successor had announced the addresses, as a hand-over does by design. */
  handedOver: boolean;
}

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
        const pool = vipPool({ groups: 3, interval: `${intervalMs}ms` });
        await stack.apply({ ...pool, spec: { ...pool.spec, vrrp: { ...pool.spec.vrrp, transport } } });
        await stack.apply(loadBalancer('web'));
        vip = await stack.addressOf('web');
        await stack.settled();
      });
      after(() => stack?.lab.close());
      afterEach(function () {
        if (this.currentTest?.state !== 'failed' || stack === undefined) return;
        for (const { agent } of stack.nodes) console.log(`--- ${agent().title}\n${agent().log()}`);
      });

      /** Who led each group, and from when to when, as the agents' logs have it: milliseconds of the clock. */
      const reigns = () => {
        const found: Reign[] = [];
        for (const node of stack.nodes) {
          const current = new Map<string, Reign>();
          for (const line of node.agent().log().split('\n')) {
            const change = /"message":"became (\w+)"/.exec(line)?.[1];
            if (change === undefined) continue;
            const { time, group, reason } = JSON.parse(line) as { time: string; group: string; reason: string };
            const reign = current.get(group);
            if (change === 'Active' && reign === undefined) {
              const begun = {
                group,
                node: node.name,
                from: Date.parse(time),
                to: Number.POSITIVE_INFINITY,
                handedOver: false,
              };
              current.set(group, begun);
              found.push(begun);
            } else if (change !== 'Active' && reign !== undefined) {
              reign.to = Date.parse(time);
              reign.handedOver = reason === 'hand-over';
              current.delete(group);
            }
          }
        }
        return found;
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

      it('no group had two leaders that did not hear each other on the way there, and no member was taken for a stranger', async () => {
        const found = reigns();
        assert.equal(new Set(found.map(({ group }) => group)).size, 3);
        for (const [index, one] of found.entries()) {
          for (const other of found.slice(index + 1)) {
            const both = Math.min(one.to, other.to) - Math.max(one.from, other.from);
            const text = `${one.group}: ${one.node} and ${other.node} led for ${both} ms together`;
            const handedOver = (one.from < other.from ? one : other).handedOver;
            assert.ok(one.group !== other.group || both <= (handedOver ? handOverMs : soonMs), text);
          }
        }
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
