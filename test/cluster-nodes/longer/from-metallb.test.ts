// A MetalLB that runs in layer 2 mode is taken over by the commands of docs/migrating/metallb.md, while a client asks 25 times a second.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { commandsOf } from '../../cluster/migrating/page.js';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import { macOf, macsThatAnswerFor } from '../../lab/macs-that-answer.js';
import { programArguments, startProcess } from '../../lab/process.js';
import { besideEmpty } from '../lab/beside.js';
import type { RealNodes } from '../lab/cluster.js';
import { namespace, settled, uninstallAll } from '../lab/installed.js';
import { losses, silentMs, startJudge } from '../lab/judge.js';
import { removeMetallb, runMetallb } from '../lab/metallb.js';
import { portsOf } from '../lab/objects.js';

const address = '10.198.0.243';
/** As long as a failover may take in layer 2 at the interval that is the default. */
const failoverMs = 3_000;

besideEmpty('a MetalLB that runs in layer 2 mode', (o) => {
  before(async () => {
    await runMetallb(o.cluster, { leader: o.cluster.nodes[1]!, address, pool: '10.198.0.240-10.198.0.249' });
    await o.cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'theirs' },
      spec: { type: 'LoadBalancer', selector: { app: 'responder' }, ports: [portsOf.TCP] },
    });
    // As its controller does.
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } });
    await o.cluster.kubectl(['patch', 'service', 'theirs', '--subresource=status', '--type=merge', '-p', status]);
  });
  after(async () => {
    if (o.cluster === undefined) return;
    await o.cluster.kubectl(['delete', '--ignore-not-found', 'service', 'theirs']);
    await removeMetallb(o.cluster);
    await uninstallAll(o.cluster);
  });

  it('is taken over with its addresses: nothing is lost while both are there, and then no more than by a failover', async () => {
    const judge = startJudge(o.cluster.folder, { theirs: { protocol: 'tcp', address, port: portsOf.TCP.port } });
    try {
      const beside = await judge.during(async () => {
        const flags = ['--create-namespace', '--set', 'metallb.enabled=true,metallb.crds=true'];
        await o.cluster.helm(['upgrade', '--install', 'openelb', projectRoot(), '-n', namespace, ...flags]);
        await o.cluster.kubectl(['-n', namespace, 'rollout', 'status', 'daemonset/openelb-agent', '--timeout=60s']);
        await eventually('an Eip that waits for MetalLB', async () => (await following()) === 'MetallbRuns');
        await ready();
      });
      assert.deepEqual(losses(beside), []);
      const page = (await commandsOf('migrating/metallb.md')).get('') ?? [];
      const takingOver = page.find((each) => each.includes('delete daemonset speaker'));
      assert.ok(takingOver !== undefined, 'the page says how MetalLB is stopped');
      const asker = await startAsking(o.cluster, address);
      const over = await judge.during(async () => {
        for (const command of takingOver.split('\n')) {
          const began = performance.now();
          await run('bash', ['-ec', command]);
          console.log(`      ${Math.round(performance.now() - began)} ms: ${command.trim()}`);
          // As who reads on meanwhile: the speakers answer for as long as they are let.
          await delay(2_000);
          console.log(`      then answer: ${(await answering()).join(', ')}`);
        }
        await eventually('that nobody but the holder answers', async () => {
          const nodes = await answering();
          return nodes.length === 1 && nodes[0] === (await holder());
        });
        await settled(o.cluster);
      });
      const unanswered = await asker.end();
      console.log(
        `      who knows the MAC: silent for ${Math.round(silentMs(over, 'theirs'))} ms; who asks for it: ${unanswered} ms`,
      );
      assert.deepEqual(losses(over), []);
      assert.ok(unanswered < failoverMs, `${unanswered} ms`);
      const path = 'jsonpath={.status.loadBalancer.ingress[*].ip}';
      assert.equal(await o.cluster.kubectl(['get', 'service', 'theirs', '-o', path]), address);
    } finally {
      judge.end();
    }
  });

  async function holder(): Promise<string | undefined> {
    const { items } = await o.cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
    return items.find(({ spec }) => spec.addresses.includes(address))?.status?.holder;
  }

  /** Nodes by their names. */
  async function answering(): Promise<readonly string[]> {
    const macs = await macsThatAnswerFor(o.cluster.host('c1'), address);
    const names = await Promise.all(o.cluster.nodes.map(async (name) => [await macOf(o.cluster.host(name)), name]));
    return macs.map((mac) => new Map(names as [string, string][]).get(mac) ?? mac);
  }

  async function following(): Promise<string> {
    const path = 'jsonpath={.status.conditions[?(@.type=="FollowsOrigin")].reason}';
    return o.cluster.kubectl(['get', 'eips.network.kubesphere.io', 'lan', '-o', path]);
  }

  /** As the page has it: each VipGroup has a HOLDER. */
  async function ready(): Promise<void> {
    await eventually('a holder of each group', async () => {
      const path = 'jsonpath={range .items[*]}{.status.holder}{"\\n"}{end}';
      const holders = (await o.cluster.kubectl(['get', 'vipgroups', '-o', path])).split('\n');
      return holders.length > 0 && holders.every((holder) => holder !== '');
    });
  }
});

/**
 * Asks who has an address, again as soon as somebody has answered. Resolves once somebody has. Its end says the longest time between two
 * answers, in milliseconds.
 */
async function startAsking({ folder }: RealNodes, of: string): Promise<{ end(): Promise<number> }> {
  const program = programArguments(new URL('../../bench/programs/arp-asker', import.meta.url), import.meta.url);
  const args = ['--net=/run/netns/c1', process.execPath, ...program, '10.198.0.100'];
  const asker = startProcess({ title: 'asker', log: `${folder}/asker.log`, command: 'nsenter', args });
  const answers: number[] = [];
  asker.onLine((line) => {
    if (line === 'asking') return;
    answers.push(Number(line) / 1_000);
    setTimeout(() => asker.write(of), 10);
  });
  asker.write(of);
  await eventually('an answer', () => answers.length > 0, { onTimeout: () => asker.log() });
  return {
    end: async () => {
      const before = answers.length;
      await eventually('an answer', () => answers.length > before);
      asker.end();
      return Math.round(Math.max(...answers.slice(1).map((at, n) => at - answers[n]!)));
    },
  };
}
