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
/** The API server out of these nodes' reach, the LAN as it was. */
const cutFromServer = async (stack: Stack, nodes: readonly Node[]) => {
  const chain = "'{ type filter hook output priority 0; }'";
  const commands = [
    `add table inet away`,
    `add chain inet away out ${chain}`,
    `add rule inet away out ip daddr ${stack.control.address} drop`,
  ];
  for (const { host } of nodes) await host.run('sh', ['-ec', commands.map((command) => `nft ${command}`).join('\n')]);
};
const reachServerAgain = async (node: Node) => {
  await node.host.run('sh', ['-c', 'nft delete table inet away 2>/dev/null || true']);
};

const situations: readonly {
  readonly what: string;
  /** @param leaders the nodes that hold the addresses: one, or two */
  readonly befalls: (stack: Stack, leaders: readonly Node[]) => Promise<void>;
  readonly outcome: Case;
  /** The agents can still be asked. */
  readonly askable?: boolean;
  /** Worth the time in layer2 mode, too: there the engine answers, and no NIC shows it. */
  readonly layer2?: boolean;
}[] = [
  {
    what: 'the agents of the leaders are killed',
    befalls: async (_, leaders) => {
      for (const leader of leaders) leader.agent().signal('SIGKILL');
      for (const leader of leaders)
        await eventually(`the agent of ${leader.name} gone`, () => !leader.agent().running());
    },
    outcome: 'held',
    layer2: true,
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
    what: 'only the leaders lose the API server',
    befalls: cutFromServer,
    outcome: 'unknown',
    askable: true,
    layer2: true,
  },
  {
    what: 'a Backup loses the API server',
    befalls: async (stack, leaders) => cutFromServer(stack, [stack.nodes.find((node) => !leaders.includes(node))!]),
    outcome: 'held',
    askable: true,
  },
];

/** An address of a pool of its own, by which each mode is looked at in the same situations. */
interface Served {
  readonly mode: 'vip' | 'layer2';
  readonly eip: string;
  readonly service: string;
  readonly vip: string;
}

describe('what is shown of an address in vip mode and of one in layer2 mode', function () {
  this.timeout(180_000);
  let stack: Stack;
  let served: readonly Served[];

  before(async () => {
    stack = await startStack(`e2eshown${process.pid}`);
    const { spec } = vipPool({ groups: 1 });
    const modes = [
      { mode: 'vip', eip: 'elected', service: 'web', address: '10.77.0.100-10.77.0.110' },
      { mode: 'layer2', eip: 'answered', service: 'mail', address: '10.77.0.120-10.77.0.130' },
    ] as const;
    for (const { mode, eip, service, address } of modes) {
      await stack.apply(
        {
          apiVersion: 'network.kubesphere.io/v1alpha2',
          kind: 'Eip',
          metadata: { name: eip },
          spec: { ...spec, address, protocol: mode },
        },
        loadBalancer(service, { 'eip.openelb.kubesphere.io/v1alpha2': eip }),
      );
    }
    served = await Promise.all(modes.map(async (each) => ({ ...each, vip: await stack.addressOf(each.service) })));
  });
  after(() => stack?.lab.close());

  const agrees = ({ vip }: Served, is: Case, seen: Shown, holder: readonly string[]) => {
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
  /** In vip mode NICs say it; in layer2 mode only ARP does. */
  const truth = async ({ mode, vip }: Served, of: readonly Node[]) =>
    mode === 'layer2' ? answering({ client: stack.client, nodes: of }, vip) : onNics(of, vip);
  const trueHolder = (one: Served) =>
    truth(
      one,
      stack.nodes.filter((node) => node.agent().running()),
    );
  /** Waits until everything that is shown of an address is right. @returns after how many milliseconds it was */
  const becomesTrue = async (one: Served, is: Case, holder: () => Promise<readonly string[]>) => {
    const began = performance.now();
    let wrong = '';
    await eventually(
      `everything that is shown of ${one.mode} mode to be right: ${is}`,
      async () => {
        const now = await holder();
        try {
          agrees(one, is, await shownOf(stack, one), now);
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
    return Math.round(performance.now() - began);
  };
  const statusSaysTheSame = (one: Served, holder: () => Promise<readonly string[]>) =>
    eventually(
      `openelb-vip status to say the same of ${one.mode} mode`,
      async () => (await namedByStatus(stack, one.vip)).join() === (await holder()).join(),
      { withinMs: truthWithinMs },
    );
  const allBecomesTrue = async (is: Case, of: readonly Served[]) => {
    const holderOf = (one: Served) => (is === 'held' ? () => trueHolder(one) : async () => []);
    const ms = await Promise.all(of.map((one) => becomesTrue(one, is, holderOf(one))));
    await Promise.all(of.map((one) => statusSaysTheSame(one, holderOf(one))));
    return Object.fromEntries(of.map(({ mode }, at) => [mode, ms[at]]));
  };
  /** Another controller: one that has told as much as this suite makes it tell says less of the same object for a while. */
  const renewController = async () => {
    stack.controller().signal('SIGTERM');
    await stack.controller().exited;
    stack.startController();
    await eventually('the controller to lead', () => /"message":"became the leader/.test(stack.controller().log()));
  };
  /** Everything runs and reaches everything. @returns who leads */
  const allBack = async () => {
    for (const node of stack.nodes) {
      await reachServerAgain(node);
      if (node.agent().running()) node.agent().signal('SIGCONT');
    }
    for (const { vip } of served) await everybodyIsBack({ client: stack.client, nodes: stack.nodes, vip });
    await stack.settled();
    return [...new Set(await Promise.all(served.map(({ vip }) => stack.holderOf(vip))))];
  };
  const wholeAgain = async (looked: readonly Served[]) => {
    await allBack();
    await allBecomesTrue('held', looked);
    for (const one of looked) {
      const holders = await truth(one, stack.nodes);
      assert.equal(holders.length, 1, holders.join());
      assert.deepEqual(await saidByAgents(stack.nodes, one.vip), holders);
      if (one.mode === 'vip') assert.deepEqual(await answering(stack, one.vip), holders);
    }
  };

  it('names the node that has it on its NIC and answers for it, in every place', async () => {
    await wholeAgain(served);
  });

  for (const { what, befalls, outcome, askable, layer2 = false } of situations) {
    it(`is right within 15 s when ${what}: ${outcome}; and again when that is over`, async () => {
      const looked = served.filter(({ mode }) => mode === 'vip' || layer2);
      await renewController();
      const leaders = await allBack();
      await befalls(stack, leaders);
      console.log(`      right after, in ms: ${JSON.stringify(await allBecomesTrue(outcome, looked))}`);
      for (const one of looked) {
        if (outcome === 'nobody') assert.deepEqual(await answering(stack, one.vip), []);
        if (askable) assert.deepEqual(await saidByAgents(stack.nodes, one.vip), await truth(one, stack.nodes));
      }
      for (const leader of askable && outcome === 'unknown' ? leaders : []) {
        const { source } = (await askNode(leader)) as unknown as { source: string };
        assert.match(source, /API server since 20/, 'the agent itself says since when it is out of touch');
      }
      await wholeAgain(looked);
    });
  }
});

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
