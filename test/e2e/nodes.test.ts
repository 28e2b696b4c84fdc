// What an administrator does to a node, and what Kubernetes finds out about it, while a client asks a thousand times a second.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { excludeNodeLabel } from '../../src/api/annotations.js';
import { during, type Election } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import type { Node } from '../lab/node.js';
import { lengthOf, type Silence } from '../lab/silence.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

const main = join(projectRoot(), 'dist/main.js');

describe('a node that leads', function () {
  this.timeout(120_000);
  let stack: Stack;
  let subject: Election;

  before(async () => {
    stack = await startStack(`e2enodes${process.pid}`);
    await stack.apply(vipPool({ groups: 1 }), loadBalancer('web'));
    subject = { ...stack, vip: await stack.addressOf('web') };
    await stack.settled();
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.log(await stack.api.kubectl(['get', 'vipgroups', '-o', 'yaml']));
    for (const { agent } of stack.nodes) console.log(`--- ${agent().title}\n${agent().log()}`);
  });

  const kubectl = (...args: readonly string[]) => stack.api.kubectl(args);
  const historyOn = ({ run, name }: Host, group: string) =>
    run(process.execPath, [main, 'history', group, `--kubeconfig=${stack.api.kubeconfig}`, `--node-name=${name}`]);
  const history = async () => {
    const { metadata } = await stack.groupOf(subject.vip);
    return historyOn(stack.control, metadata.name);
  };
  const member = async ({ name }: Node) => {
    const { spec, status } = await stack.groupOf(subject.vip);
    const lastResort = spec.members.find(({ node }) => node === name)?.lastResort;
    return { lastResort, ...status?.members?.find(({ node }) => node === name) };
  };
  const standsBy = (node: Node, lastResort: string | undefined) =>
    eventually(
      `${node.name} stands by${lastResort === undefined ? '' : ` as last resort: ${lastResort}`}`,
      async () => {
        const seen = await member(node);
        return seen.state === 'Backup' && seen.lastResort === lastResort;
      },
      { onTimeout: () => node.agent().log() },
    );
  const setReady = (node: Node, status: 'True' | 'False' | 'Unknown') => {
    const conditions = [{ type: 'Ready', status, reason: 'Lab', message: 'played by the lab' }];
    const patch = JSON.stringify({ status: { conditions } });
    return kubectl('patch', 'node', node.name, '--subresource=status', '-p', patch);
  };
  /** Nothing was lost, and another node leads. */
  const moved = async (act: (leader: Node) => Promise<void>) => {
    const { silences, before, after } = await during(subject, async (leader) => act(leader));
    assert.deepEqual(silences, [], textOf(silences));
    assert.notEqual(after, before);
    return { before, after };
  };
  /** Nothing was lost, and nothing has moved. */
  const stayed = async (act: (leader: Node) => Promise<void>) => {
    const { silences, before, after } = await during(subject, async (leader) => act(leader));
    assert.deepEqual(silences, [], textOf(silences));
    assert.equal(after, before);
  };

  it('and is cordoned hands over without a probe lost, and gets nothing back when it is uncordoned', async () => {
    const { before, after } = await moved(async (leader) => {
      await kubectl('cordon', leader.name);
      await standsBy(leader, 'Cordoned');
    });
    const holder = `${subject.vip} is held by node ${after.name} (was ${before.name}: priority-zero)`;
    await eventually(`an Event on the Service: ${holder}`, async () =>
      (await kubectl('describe', 'service', 'web')).includes(holder),
    );
    assert.match((await member(before)).message ?? '', /leads only when no other member can: Cordoned/);
    await stayed(async () => {
      await kubectl('uncordon', before.name);
      await standsBy(before, undefined);
      await wait(3000); // twelve adverts: time enough to preempt
    });
  });

  for (const status of ['False', 'Unknown'] as const) {
    it(`and turns Ready ${status} hands over once, however often that comes and goes`, async () => {
      const { before } = await moved(async (leader) => {
        await setReady(leader, status);
        await standsBy(leader, 'NotReady');
      });
      await stayed(async () => {
        for (const next of ['True', status, 'True'] as const) {
          await setReady(before, next);
          await standsBy(before, next === 'True' ? undefined : 'NotReady');
          await wait(1000);
        }
      });
    });
  }

  it('goes on leading when every other node is cordoned, and when it is cordoned itself', async () => {
    await stayed(async (leader) => {
      const others = stack.nodes.filter((node) => node !== leader);
      for (const node of [...others, leader]) await kubectl('cordon', node.name);
      await eventually('all of last resort', async () =>
        (await stack.groupOf(subject.vip)).spec.members.every(({ lastResort }) => lastResort === 'Cordoned'),
      );
      await wait(2000);
    });
    await moved(async (leader) => {
      const other = stack.nodes.find((node) => node !== leader)!;
      await kubectl('uncordon', other.name);
      await eventually(`${other.name} leads`, async () => (await member(other)).state === 'Active');
    });
    for (const node of stack.nodes) await kubectl('uncordon', node.name);
    for (const node of stack.nodes)
      await eventually('all ordinary', async () => (await member(node)).lastResort === undefined);
  });

  it('and is excluded from load balancers, as before a drain, hands over without a probe lost and is a member no more', async () => {
    const { before } = await during(subject, async () => {});
    const others = { ...subject, nodes: stack.nodes };
    const { silences, after } = await during(others, async (leader) => {
      assert.equal(leader, before);
      await kubectl('label', 'node', leader.name, `${excludeNodeLabel}=`);
      await eventually('a holder among the others', async () => {
        const { spec, status } = await stack.groupOf(subject.vip);
        return spec.members.length === 2 && status?.holder !== leader.name && status?.holder !== undefined;
      });
      await eventually(
        `${subject.vip} gone from ${leader.name}`,
        async () => !(await leader.host.addresses()).includes(subject.vip),
      );
    });
    assert.deepEqual(silences, [], textOf(silences));
    assert.notEqual(after, before);
    const ceased = (left: string) => new RegExp(`${before.name}${left} +Active +(Backup|Initialize)`, 'm');
    await eventually('its history says that it led until it left', async () =>
      ceased(' \\(left \\d+s ago\\)').test(await history()),
    );
    await kubectl('label', 'node', before.name, `${excludeNodeLabel}-`);
    await standsBy(before, undefined);
    await eventually('and still that it led, once it is a member again', async () => ceased('').test(await history()));
  });

  it('and is deleted hands over without a probe lost', async () => {
    await moved(async (leader) => {
      await kubectl('delete', 'node', leader.name);
      await eventually('a holder among the others', async () => {
        const { spec, status } = await stack.groupOf(subject.vip);
        return spec.members.length === 2 && status?.holder !== leader.name && status?.holder !== undefined;
      });
    });
  });

  it('a group that is deleted is still in the history of its agent, and nobody else knows it', async () => {
    const { metadata } = await stack.groupOf(subject.vip);
    const leader = await stack.holderOf(subject.vip);
    await kubectl('delete', 'service', 'web');
    await kubectl('delete', 'eip', '--all');
    const gone = () => historyOn(stack.control, metadata.name);
    await eventually('its end', () =>
      gone().then(
        () => false,
        ({ message }) => message.includes('there is no VipGroup'),
      ),
    );
    assert.match(await historyOn(leader.host, metadata.name), /Backup +Active/);
  });
});

function textOf(silences: readonly Silence[]): string {
  return silences
    .map(
      (silence) => `silent for ${(lengthOf(silence) / 1000).toFixed(1)} ms from ${silence.before} to ${silence.after}`,
    )
    .join('; ');
}
