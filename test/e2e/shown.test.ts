// Every place that speaks of a holder, compared with what NICs and ARP say, in everything that can befall the agents.
import assert from 'node:assert/strict';
import { askNode, everybodyIsBack } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Node } from '../lab/node.js';
import { answering, namedByStatus, onNics, type Shown, saidByAgents, shownOf } from '../lab/shown.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

/** Within this time, in milliseconds, nothing that is shown is untrue any more. */
const truthWithinMs = 15_000;

/** What is the case. */
type Case =
  /** The node that has the address is named everywhere. */
  | 'held'
  /** Whoever holds it, if any does, is out of sight: nobody is named, and it is said why. */
  | 'unknown'
  /** No node holds it: nobody is named, and it is said why. */
  | 'nobody';

const signalAll = (signal: NodeJS.Signals) => async (stack: Stack) => {
  for (const node of stack.nodes) node.agent().signal(signal);
};
/** The API server out of a node's reach, the LAN as it was. */
const cutFromServer = async (stack: Stack, node: Node) => {
  const chain = "'{ type filter hook output priority 0; }'";
  const commands = [
    `add table inet away`,
    `add chain inet away out ${chain}`,
    `add rule inet away out ip daddr ${stack.control.address} drop`,
  ];
  await node.host.run('sh', ['-ec', commands.map((command) => `nft ${command}`).join('\n')]);
};
const reachServerAgain = async (node: Node) => {
  await node.host.run('sh', ['-c', 'nft delete table inet away 2>/dev/null || true']);
};

const situations: readonly {
  readonly what: string;
  readonly befalls: (stack: Stack, leader: Node) => Promise<void>;
  readonly outcome: Case;
  /** The agents can still be asked. */
  readonly askable?: boolean;
  /** Worth the time in layer2 mode, too: there the engine answers, and no NIC shows it. */
  readonly layer2?: boolean;
}[] = [
  {
    what: 'the agent of the leader is killed',
    befalls: async (_, leader) => {
      leader.agent().signal('SIGKILL');
      await eventually(`the agent of ${leader.name} gone`, () => !leader.agent().running());
    },
    layer2: true,
    outcome: 'held',
  },
  { what: 'all agents are killed', befalls: signalAll('SIGKILL'), outcome: 'unknown', layer2: true },
  { what: 'all agents hang', befalls: signalAll('SIGSTOP'), outcome: 'unknown' },
  { what: 'all agents end', befalls: signalAll('SIGTERM'), outcome: 'nobody' },
  {
    what: 'all nodes are cut off, each with its carrier',
    befalls: async (stack) => {
      for (const { host } of stack.nodes) await host.cable.cutSilently();
    },
    outcome: 'unknown',
  },
  {
    what: 'all cables are pulled',
    befalls: async (stack) => {
      for (const { host } of stack.nodes) await host.cable.cut();
    },
    outcome: 'unknown',
  },
  {
    what: 'only the leader loses the API server',
    befalls: cutFromServer,
    outcome: 'unknown',
    askable: true,
    layer2: true,
  },
  {
    what: 'a Backup loses the API server',
    befalls: async (stack, leader) => cutFromServer(stack, stack.nodes.find((node) => node !== leader)!),
    outcome: 'held',
    askable: true,
  },
];

for (const protocol of ['vip', 'layer2'] as const) {
  describe(`what is shown of an address in ${protocol} mode`, function () {
    this.timeout(180_000);
    let stack: Stack;
    let vip: string;

    before(async () => {
      stack = await startStack(`e2eshown${protocol}${process.pid}`);
      const pool = vipPool({ groups: 1 });
      await stack.apply({ ...pool, spec: { ...pool.spec, protocol } }, loadBalancer('web'));
      vip = await stack.addressOf('web');
    });
    after(() => stack?.lab.close());

    const shown = () => shownOf(stack, { vip, service: 'web', eip: 'pool' });
    const agrees = (is: Case, seen: Shown, holder: readonly string[]) => {
      for (const [place, names] of Object.entries(seen.holders)) {
        assert.deepEqual(names, is === 'held' ? holder : [], `${place}\n${seen.text}`);
      }
      assert.equal(seen.announced, { held: 'True', unknown: 'Unknown', nobody: 'False' }[is], seen.text);
      if (is === 'held') return;
      assert.equal(seen.onService?.type, 'Warning', seen.text);
      assert.equal(seen.onEip?.type, 'Warning', seen.text);
      assert.match(seen.onService?.message ?? '', new RegExp(vip.replaceAll('.', '\\.')));
      if (is === 'unknown') {
        assert.equal(seen.reason, 'agent-silent', seen.text);
        assert.ok(Math.abs(Date.now() - Date.parse(seen.since ?? '')) < 60_000, seen.text);
      }
    };
    /** @returns after how many milliseconds everything that is shown was right */
    const becomesTrue = async (is: Case, holder: () => Promise<readonly string[]>) => {
      const began = performance.now();
      let wrong = '';
      await eventually(
        `everything that is shown to be right: ${is}`,
        async () => {
          const now = await holder();
          try {
            agrees(is, await shown(), now);
            return true;
          } catch (error) {
            wrong = (error as Error).message;
            return false;
          }
        },
        {
          withinMs: truthWithinMs,
          everyMs: 200,
          onTimeout: () => `${wrong}\n--- controller\n${stack.controller().log().slice(-3000)}`,
        },
      );
      const ms = Math.round(performance.now() - began);
      await eventually(
        'openelb-vip status to say the same',
        async () => {
          const named = await namedByStatus(stack, vip);
          return named.join() === (is === 'held' ? await holder() : []).join();
        },
        { withinMs: truthWithinMs },
      );
      return ms;
    };
    /** In vip mode NICs say it; in layer2 mode only ARP does. */
    const truth = async (of: readonly Node[]) => {
      if (protocol === 'layer2') return answering({ client: stack.client, nodes: of }, vip);
      return onNics(of, vip);
    };
    const trueHolder = () => truth(stack.nodes.filter((node) => node.agent().running()));
    /** Another controller: one that has told as much as this suite makes it tell says less of the same object for a while. */
    const renewController = async () => {
      stack.controller().signal('SIGTERM');
      await stack.controller().exited;
      stack.startController();
    };
    const wholeAgain = async () => {
      for (const node of stack.nodes) {
        await reachServerAgain(node);
        if (node.agent().running()) node.agent().signal('SIGCONT');
      }
      await everybodyIsBack({ client: stack.client, nodes: stack.nodes, vip });
      await stack.settled();
      await becomesTrue('held', trueHolder);
      const [name] = await trueHolder();
      const leader = stack.nodes.find((node) => node.name === name)!;
      assert.deepEqual(await saidByAgents(stack.nodes, vip), [leader.name]);
      assert.deepEqual(await truth(stack.nodes), [leader.name]);
      assert.deepEqual(await answering(stack, vip), [leader.name]);
      return leader;
    };

    it('names the node that has it on its NIC and answers for it, in every place', async () => {
      await wholeAgain();
    });

    for (const { what, befalls, outcome, askable } of situations.filter(({ layer2 }) => protocol === 'vip' || layer2)) {
      it(`is right within 15 s when ${what}: ${outcome}; and again when that is over`, async () => {
        await renewController();
        const leader = await wholeAgain();
        await befalls(stack, leader);
        const ms = await becomesTrue(outcome, outcome === 'held' ? trueHolder : async () => []);
        console.log(`      right after ${ms} ms`);
        if (outcome === 'nobody') assert.deepEqual(await answering(stack, vip), []);
        if (askable && outcome === 'unknown') {
          const { source } = (await askNode(leader)) as unknown as { source: string };
          assert.match(source, /API server since 20/, 'the agent itself says since when it is out of touch');
        }
        if (askable) assert.deepEqual(await saidByAgents(stack.nodes, vip), await truth(stack.nodes));
        await wholeAgain();
      });
    }
  });
}

const pools: readonly {
  readonly what: string;
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** The reason of the condition Announced, and what it says. */
  readonly reason: RegExp;
  readonly message: RegExp;
  /** What mends it; absent: the Service gets no address of it. */
  readonly mend?: Readonly<Record<string, unknown>>;
}[] = [
  {
    what: 'a NIC that no node has',
    name: 'no-nic',
    spec: { address: '10.77.0.120', interface: 'eth7' },
    reason: /^NoMemberTakesPart$/,
    message: /n1: .*eth7/,
    mend: { interface: 'eth0' },
  },
  {
    what: 'can_reach without a route',
    name: 'no-route',
    spec: { address: '10.77.0.121', interface: 'can_reach:203.0.113.9' },
    reason: /^NoMemberTakesPart$/,
    message: /n1: .*203\.0\.113\.9/,
    mend: { interface: 'can_reach:10.77.0.1' },
  },
  {
    what: 'a nodeSelector that fits nobody',
    name: 'no-node',
    spec: { address: '10.77.0.122', interface: 'eth0', nodeSelector: { zone: 'nowhere' } },
    reason: /^NoEligibleNode$/,
    message: /nodeSelector/,
    mend: { nodeSelector: null },
  },
];

describe('what is shown of a pool that nobody announces', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async () => {
    stack = await startStack(`e2epools${process.pid}`);
    await stack.apply(vipPool());
  });
  after(() => stack?.lab.close());

  const condition = async (name: string, type: string) => {
    const path = `jsonpath={.status.conditions[?(@.type=="${type}")]}`;
    const text = await stack.api.kubectl(['get', 'eip', name, '-o', path]);
    return JSON.parse(text || '{}') as { status?: string; reason?: string; message?: string };
  };
  const events = (kind: string, name: string) => stack.api.kubectl(['describe', kind, name]);

  for (const { what, name, spec, reason, message, mend } of pools) {
    it(`is that and why, for ${what}`, async () => {
      const service = loadBalancer(`of-${name}`, { 'eip.openelb.kubesphere.io/v1alpha2': name });
      await stack.apply(
        {
          apiVersion: 'network.kubesphere.io/v1alpha2',
          kind: 'Eip',
          metadata: { name },
          spec: { protocol: 'vip', ...spec },
        },
        service,
      );
      const within = { withinMs: truthWithinMs };
      const last = () => condition(name, 'Announced');
      let seen = await last();
      await eventually(
        `Announced=False of ${name}`,
        async () => {
          seen = await last();
          return seen.status === 'False' && reason.test(seen.reason ?? '') && message.test(seen.message ?? '');
        },
        { ...within, onTimeout: () => JSON.stringify(seen) },
      );
      const [, , , ...more] = (await stack.api.kubectl(['get', 'eip', name, '--no-headers'])).trim().split(/\s+/);
      assert.equal(more.length, 1, 'NAME CIDR USAGE TOTAL, as ever');
      assert.match(await stack.api.kubectl(['get', 'eip', name, '-o', 'wide']), new RegExp(`False +${seen.reason}`));
      await eventually(`a Warning on Eip ${name}`, async () => message.test(await events('eip', name)), within);
      await eventually(
        `a Warning on its Service`,
        async () =>
          (await events('service', `of-${name}`))
            .split('\n')
            .some((line) => /Warning/.test(line) && message.test(line)),
        within,
      );
      if (mend === undefined) return;
      await stack.api.kubectl(['patch', 'eip', name, '--type=merge', '-p', JSON.stringify({ spec: mend })]);
      await eventually(`Announced=True of ${name}`, async () => (await last()).status === 'True', {
        ...within,
        onTimeout: () => JSON.stringify(seen),
      });
      await eventually(
        `Held on its Service`,
        async () => /is held by node/.test(await events('service', `of-${name}`)),
        within,
      );
    });
  }
});
