import assert from 'node:assert/strict';
import { run } from '../lab/command.js';
import { answeredByAnother, during, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { macsThatAnswerFor } from '../lab/macs-that-answer.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

const vip = '10.77.0.100';

describe('agents whose NICs change, or whose LAN loses broadcasts', function () {
  this.timeout(120_000);
  let subject: ManifestNodes;
  const write = (settings: { transport?: 'unicast' | 'multicast' } = {}) =>
    subject.write('group', {
      protocol: 'vip',
      interface: 'eth0',
      addresses: [vip],
      vrrp: { virtualRouterId: 9, advertisementInterval: '100ms', ...settings },
    });
  const linkOf = async ({ host }: Node) =>
    (JSON.parse(await host.run('ip', ['-j', 'link', 'show', 'eth0'])) as { ifindex: number; address: string }[])[0]!;
  const onBridge = (...args: readonly string[]) => run('ip', ['netns', 'exec', subject.lab.bridge, ...args]);

  /** While its agent is stopped, so that it hears of both at once. */
  async function makeNicAnew({ host, agent }: Node): Promise<void> {
    const { ifindex } = await linkOf({ host } as Node);
    const eth0 = ['peer', 'name', 'eth0', 'index', String(ifindex), 'netns', host.namespace];
    agent().signal('SIGSTOP');
    await host.run('ip', ['link', 'del', 'eth0']);
    await onBridge('ip', 'link', 'add', host.name, 'type', 'veth', ...eth0);
    await onBridge('ip', 'link', 'set', host.name, 'master', 'br0', 'up');
    await host.run('ip', ['address', 'add', `${host.address}/24`, 'brd', '+', 'dev', 'eth0']);
    await host.run('ip', ['link', 'set', 'eth0', 'up']);
    agent().signal('SIGCONT');
  }
  async function takesOverFrom(leader: Node, successor: Node): Promise<void> {
    leader.agent().signal('SIGKILL');
    await leader.agent().exited;
    await eventually('its successor', async () => (await successor.host.addresses()).includes(vip));
    leader.startAgent();
    assert.equal(await settledLeader({ ...subject, vip }), successor);
  }

  before(async () => {
    subject = await startManifestNodes(`oagnic${process.pid}`, 2);
    write();
  });
  after(() => subject?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || subject === undefined) return;
    for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
  });

  it('a Backup whose NIC was deleted and made anew with the same index is a Backup, and can lead', async () => {
    const leader = await everybodyIsBack({ ...subject, vip });
    const backup = subject.nodes.find((node) => node !== leader)!;
    await makeNicAnew(backup);
    assert.equal(await settledLeader({ ...subject, vip }), leader);
    await takesOverFrom(leader, backup);
  });

  it('a leader whose NIC was deleted and made anew with the same index makes way, and can lead again', async () => {
    const leader = await everybodyIsBack({ ...subject, vip });
    const other = subject.nodes.find((node) => node !== leader)!;
    await makeNicAnew(leader);
    await eventually('its successor', async () => (await other.host.addresses()).includes(vip));
    assert.equal(await settledLeader({ ...subject, vip }), other);
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), [(await linkOf(other)).address]);
    await takesOverFrom(other, leader);
  });

  it('a leader whose NIC gets another MAC is found there at once', async () => {
    const { outage, before, after } = await during({ ...subject, vip }, async (leader) => {
      await leader.host.run('ip', ['link', 'set', 'eth0', 'address', '02:00:00:00:77:01']);
    });
    assert.equal(after, before);
    assert.ok(outage === undefined || outage.to! - outage.from < 300_000, JSON.stringify(outage));
  });

  it('a leader whose NIC gets another name makes way, and has its part again with the name', async () => {
    const rename = async ({ host }: Node, from: string, to: string) => {
      await host.run('ip', ['link', 'set', from, 'down']);
      await host.run('ip', ['link', 'set', from, 'name', to]);
      await host.run('ip', ['link', 'set', to, 'up']);
    };
    const { before, after } = await during({ ...subject, vip }, async (leader, prober) => {
      await rename(leader, 'eth0', 'lan0');
      await answeredByAnother(prober, leader);
    });
    assert.notEqual(after, before);
    await rename(before, 'lan0', 'eth0');
    assert.equal(await settledLeader({ ...subject, vip }), after);
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), [(await linkOf(after)).address]);
  });

  it('a leader from whose NIC somebody takes every address makes way, and is a Backup when it has its own again', async () => {
    const { before, after } = await during({ ...subject, vip }, async (leader, prober) => {
      await leader.host.run('ip', ['address', 'flush', 'dev', 'eth0']);
      await answeredByAnother(prober, leader);
      await leader.host.run('ip', ['address', 'add', `${leader.host.address}/24`, 'brd', '+', 'dev', 'eth0']);
    });
    assert.notEqual(after, before);
    assert.equal(await settledLeader({ ...subject, vip }), after);
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), [(await linkOf(after)).address]);
  });

  it('a leader whose kernel has lost its route to the address says so, and what brings it back', async () => {
    const { host, agent } = await everybodyIsBack({ ...subject, vip });
    await host.run('ip', ['route', 'del', 'local', vip, 'table', 'local']);
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), []);
    const told = () => /"explanation":"(eth0 has 10\.77\.0\.100, but [^"]*)"/.exec(agent().log())?.[1];
    const explanation = await eventually('it says so', told, { withinMs: 20_000, onTimeout: () => agent().log() });
    const [, remedy = ''] = /: (ip address del \S+ dev eth0), and it is put back/.exec(explanation) ?? [];
    await host.run('ip', remedy.split(' ').slice(1));
    await eventually('it answers', async () => (await macsThatAnswerFor(subject.client, vip)).length === 1);
  });

  it('by unicast elect one leader where no broadcast carries adverts', async () => {
    const rule = 'ether daddr ff:ff:ff:ff:ff:ff ip protocol 112 drop';
    await onBridge('nft', 'insert', 'rule', 'bridge', 'cables', 'forwarding', ...rule.split(' '));
    write({ transport: 'unicast' });
    const leader = await settledLeader({ ...subject, vip });
    const backup = subject.nodes.find((node) => node !== leader)!;
    await takesOverFrom(leader, backup);
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), [(await linkOf(backup)).address]);
  });
});
