import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, truncateSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { askNode, during, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { macsThatAnswerFor } from '../lab/macs-that-answer.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

const vip = '10.77.0.100';

describe('further cases', function () {
  this.timeout(60_000);
  let subject: ManifestNodes;
  const spec = {
    protocol: 'vip' as const,
    interface: 'eth0',
    addresses: [vip],
    vrrp: { virtualRouterId: 9, advertisementInterval: '100ms' },
  };
  before(async () => {
    subject = await startManifestNodes(`ofur${process.pid}`, 2);
    subject.write('group', spec);
  });
  after(() => subject?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || subject === undefined) return;
    for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log().split('\n').slice(-14).join('\n')}`);
  });
  const ip = (node: Node, ...args: string[]) => node.host.run('ip', args);
  const macOf = async (node: Node) => (JSON.parse(await ip(node, '-j', 'link', 'show', 'eth0')) as { address: string }[])[0]!.address;
  const alone = async () => {
    const leader = await settledLeader({ ...subject, vip });
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), [await macOf(leader)]);
    return leader;
  };
  const say = (o: { outage: { from: number; to?: number; lost: number } | undefined }) =>
    console.log('      outage', o.outage === undefined ? 'none' : `${((o.outage.to! - o.outage.from) / 1000).toFixed(0)} ms, ${o.outage.lost} lost`);

  it('leader: NIC renamed and back', async () => {
    const o = await during({ ...subject, vip }, async (leader) => {
      await ip(leader, 'link', 'set', 'eth0', 'down').catch(() => {});
      await ip(leader, 'link', 'set', 'eth0', 'name', 'lan0');
      await ip(leader, 'link', 'set', 'lan0', 'up');
      await wait(2500);
    });
    say(o);
    assert.notEqual(o.after, o.before);
    assert.deepEqual(await macsThatAnswerFor(subject.client, vip), [await macOf(o.after)]);
    await ip(o.before, 'link', 'set', 'lan0', 'down');
    await ip(o.before, 'link', 'set', 'lan0', 'name', 'eth0');
    await ip(o.before, 'link', 'set', 'eth0', 'up');
    await alone();
  });

  it('leader: all addresses flushed from the NIC', async () => {
    const o = await during({ ...subject, vip }, async (leader) => {
      await ip(leader, 'address', 'flush', 'dev', 'eth0');
      await wait(1500);
      await ip(leader, 'address', 'add', `${leader.host.address}/24`, 'brd', '+', 'dev', 'eth0');
      await wait(1500);
    });
    say(o);
    await alone();
  });

  it('leader: local route of the VIP deleted by somebody', async () => {
    const leader = await everybodyIsBack({ ...subject, vip });
    await ip(leader, 'route', 'del', 'local', vip, 'table', 'local');
    await wait(3000);
    console.log('      answers', await macsThatAnswerFor(subject.client, vip), leader.agent().log().split('\n').slice(-4).join('\n'));
    await ip(leader, 'address', 'del', `${vip}/32`, 'dev', 'eth0');
    await alone();
  });

  it('leader: VIP made permanent by ip address change, then SIGKILL', async () => {
    const o = await during({ ...subject, vip }, async (leader) => {
      await ip(leader, 'address', 'change', `${vip}/32`, 'dev', 'eth0', 'valid_lft', 'forever', 'preferred_lft', 'forever');
      leader.agent().signal('SIGKILL');
      await leader.agent().exited;
      await wait(4500);
    });
    say(o);
    console.log('      MACs', await macsThatAnswerFor(subject.client, vip), 'before', await ip(o.before, 'address', 'show', 'dev', 'eth0'));
    await everybodyIsBack({ ...subject, vip });
    await alone();
  });

  it('leader: NIC enslaved to a bridge that takes its address', async () => {
    const o = await during({ ...subject, vip }, async (leader) => {
      await ip(leader, 'link', 'add', 'brx', 'type', 'bridge');
      await ip(leader, 'link', 'set', 'eth0', 'master', 'brx');
      await ip(leader, 'link', 'set', 'brx', 'up');
      await wait(3000);
      console.log('      ', JSON.stringify((await askNode(leader)).members.map(({ state, message }) => [state, message])), leader.agent().log().split('\n').slice(-3).join('\n'));
      console.log('      MACs', await macsThatAnswerFor(subject.client, vip));
      await ip(leader, 'link', 'del', 'brx');
      await wait(1000);
    });
    say(o);
    await alone();
  });

  it('NIC flaps 30 times', async () => {
    const o = await during({ ...subject, vip }, async (leader) => {
      for (let i = 0; i < 30; i++) {
        await ip(leader, 'link', 'set', 'eth0', 'down');
        await ip(leader, 'link', 'set', 'eth0', 'up');
      }
      await wait(2000);
    });
    say(o);
    await alone();
  });

  it('links come and go while it leads', async () => {
    const o = await during({ ...subject, vip }, async (leader) => {
      const batch = Array.from({ length: 150 }, (_, i) => `link add vx${i} type veth peer name vy${i}\nlink set vx${i} up\nlink del vx${i}`).join('\n');
      await leader.host.run('ip', ['-batch', '-'], { input: `${batch}\n` });
    });
    say(o);
    assert.equal(o.outage, undefined);
    await alone();
  });

  it('manifests: a FIFO, an endless device, a folder, a sparse file of 8 GiB, a dangling link', async () => {
    const folder = join(subject.lab.folder, 'manifests');
    const o = await during({ ...subject, vip }, async (leader) => {
      execFileSync('mkfifo', [join(folder, 'fifo.yaml')]);
      symlinkSync('/dev/zero', join(folder, 'zero.yaml'));
      mkdirSync(join(folder, 'folder.yaml'));
      writeFileSync(join(folder, 'big.yaml'), '');
      truncateSync(join(folder, 'big.yaml'), 8 * 2 ** 30);
      symlinkSync('/nowhere', join(folder, 'dangling.yaml'));
      await wait(4000);
      const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${leader.agent().pid}/status`, 'utf8'))![1]) / 1024;
      console.log(`      ${rss} MiB`, leader.agent().log().split('\n').filter((l) => /yaml/.test(l)).slice(-8).join('\n'));
      assert.ok(leader.agent().running());
      subject.write('other', { ...spec, addresses: ['10.77.0.101'], vrrp: { ...spec.vrrp, virtualRouterId: 10 } });
      await eventually('the other group is led', async () => (await leader.host.addresses()).includes('10.77.0.101') || (await subject.nodes[1]!.host.addresses()).includes('10.77.0.101'));
    });
    say(o);
    for (const name of ['fifo', 'zero', 'folder', 'big', 'dangling']) rmSync(join(folder, `${name}.yaml`), { recursive: true });
    subject.remove('other');
    await alone();
  });

  it('keys: a FIFO, an endless device', async () => {
    for (const node of subject.nodes) {
      execFileSync('mkfifo', [join(node.keysDir, '1')]);
      symlinkSync('/dev/zero', join(node.keysDir, '2'));
    }
    await wait(2500);
    for (const node of subject.nodes) {
      const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.agent().pid}/status`, 'utf8'))![1]) / 1024;
      console.log(`      ${rss} MiB`, node.agent().log().split('\n').filter((l) => /key/.test(l)).slice(-4).join('\n'));
    }
    await alone();
    for (const node of subject.nodes) for (const name of ['1', '2']) rmSync(join(node.keysDir, name));
  });

  it('the state directory is gone, and a disk without room', async () => {
    const leader = await everybodyIsBack({ ...subject, vip });
    leader.agent().signal('SIGTERM');
    await leader.agent().exited;
    rmSync(join(subject.lab.folder, `${leader.name}-state`), { recursive: true, force: true });
    writeFileSync(join(subject.lab.folder, `${leader.name}-state`), 'a file');
    leader.startAgent();
    await wait(1500);
    console.log('      ', leader.agent().running(), leader.agent().log().split('\n').slice(-6).join('\n'));
    rmSync(join(subject.lab.folder, `${leader.name}-state`), { force: true });
    if (!leader.agent().running()) leader.startAgent();
    await alone();
  });
});
