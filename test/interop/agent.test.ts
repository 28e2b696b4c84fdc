import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { askNode, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

const main = join(projectRoot(), 'dist', 'main.js');

/** What `ip -j address` says of one address. */
interface AddressInfo {
  readonly local: string;
  readonly prefixlen: number;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
  readonly deprecated?: boolean;
}

for (const { family, vip, vip2 } of [
  { family: 'IPv4', vip: '10.77.0.100', vip2: '10.77.0.101' },
  { family: 'IPv6', vip: 'fd77::100', vip2: 'fd77::101' },
]) {
  describe(`agents in network namespaces, holding ${family} addresses`, function () {
    this.timeout(120_000);
    let subject: ManifestNodes & { readonly vip: string };
    const spec = (addresses: readonly string[]) => ({
      protocol: 'vip' as const,
      interface: 'eth0',
      addresses: [...addresses],
      vrrp: { virtualRouterId: 9, advertisementInterval: '100ms' },
    });
    const info = async (node: Node, address: string) => {
      const [link] = JSON.parse(await node.host.run('ip', ['-j', 'address', 'show', 'dev', 'eth0'])) as {
        addr_info: AddressInfo[];
      }[];
      return link?.addr_info.find(({ local }) => local === address);
    };
    const holdersOf = async (address: string) => {
      const held = await Promise.all(subject.nodes.map((node) => node.host.addresses()));
      return subject.nodes.filter((_, index) => held[index]!.includes(address));
    };

    before(async () => {
      const nodes = await startManifestNodes(`oaga${family}${process.pid}`.toLowerCase());
      subject = { ...nodes, vip };
      subject.write('group', spec([vip]));
    });
    after(() => subject?.lab.close());
    afterEach(function () {
      if (this.currentTest?.state !== 'failed' || subject === undefined) return;
      for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
    });

    it('one node has the address, as a lease: full-length, never a source', async () => {
      const leader = await settledLeader(subject);
      assert.deepEqual(await holdersOf(vip), [leader]);
      const found = (await info(leader, vip))!;
      assert.equal(found.prefixlen, family === 'IPv4' ? 32 : 128);
      assert.ok(found.valid_life_time <= 2, `valid for ${found.valid_life_time} s`);
      assert.equal(found.preferred_life_time, 0);
      assert.equal(found.deprecated, true);
    });

    it('the client reaches it', async () => {
      await settledLeader(subject);
      await subject.client.run('ping', ['-c', '1', '-W', '2', vip]);
    });

    it('an address that is added to the group answers on the leader alone, one that is removed is gone', async () => {
      const leader = await settledLeader(subject);
      subject.write('group', spec([vip, vip2]));
      await eventually('the second address', async () => (await holdersOf(vip2)).length === 1 || undefined);
      assert.deepEqual(await holdersOf(vip2), [leader]);
      subject.write('group', spec([vip]));
      await eventually('the second address to go', async () => (await holdersOf(vip2)).length === 0 || undefined);
      assert.deepEqual(await holdersOf(vip), [leader]);
    });

    it('an address that somebody removes comes back', async () => {
      const leader = await settledLeader(subject);
      await leader.host.run('ip', ['address', 'del', `${vip}/${family === 'IPv4' ? 32 : 128}`, 'dev', 'eth0']);
      await eventually('the address again', async () => (await info(leader, vip)) ?? undefined, { withinMs: 2_000 });
    });

    it('a manifest that is wrong is refused with its place and reason, and the group goes on', async () => {
      const leader = await settledLeader(subject);
      subject.write('group', { ...spec(['10.77.0.300']) });
      await eventually(
        'the refusal',
        async () => /manifest refused.*group\.json.*spec\.addresses\[0\]/.test(leader.agent().log()) || undefined,
      );
      assert.deepEqual(await holdersOf(vip), [leader]);
      subject.write('group', spec([vip]));
    });

    it('a file that is not YAML is refused, and the others go on', async () => {
      const leader = await settledLeader(subject);
      writeFileSync(join(subject.lab.folder, 'manifests', 'broken.yaml'), 'a: [1, 2\nb: }');
      await eventually(
        'the refusal',
        async () => /manifest refused.*broken\.yaml/.test(leader.agent().log()) || undefined,
      );
      assert.deepEqual(await holdersOf(vip), [leader]);
    });

    it('a second agent with the same node name is refused', async () => {
      const leader = await settledLeader(subject);
      const second = leader.host.start('second', process.execPath, [
        ...[main, 'agent', '--node-name', leader.name, '--manifests', join(subject.lab.folder, 'manifests')],
        ...['--health-address', '0', '--metrics-address', '0'],
      ]);
      assert.equal(await second.exited, 1);
      assert.match(second.log(), /another agent runs here.*stop it first/);
      assert.deepEqual(await holdersOf(vip), [leader]);
    });

    it('a host firewall that drops protocol 112 splits nothing', async () => {
      const leader = await settledLeader(subject);
      const rules = 'table inet block { chain input { type filter hook input priority 0; meta l4proto 112 drop; }; }';
      for (const { host } of subject.nodes) await host.run('nft', ['-f', '-'], { input: `${rules}\n` });
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // ten times the interval, in which a deaf node would take over
      assert.deepEqual(await holdersOf(vip), [leader]);
    });

    it('the address leaves the NIC within 3 s of SIGKILL by nobody but the kernel, and another node has it', async () => {
      const leader = await settledLeader(subject);
      const killed = performance.now();
      leader.agent().signal('SIGKILL');
      await eventually('the lease to end', async () => !(await info(leader, vip)) || undefined, { everyMs: 10 });
      assert.ok(performance.now() - killed < 3_000, `${performance.now() - killed} ms`);
      assert.equal((await holdersOf(vip)).length, 1);
      leader.startAgent();
    });

    it('an interface that is switched off and on makes its node let go and stand by', async () => {
      const leader = await settledLeader(subject);
      await leader.host.run('ip', ['link', 'set', 'eth0', 'down']);
      await eventually('another holder', async () => {
        const holders = await holdersOf(vip);
        return (holders.length === 1 && holders[0] !== leader) || undefined;
      });
      await leader.host.run('ip', ['link', 'set', 'eth0', 'up']);
      const next = await settledLeader(subject);
      assert.notEqual(next, leader);
      const [member] = (await askNode(leader)).members;
      assert.equal(member?.state, 'Backup');
    });
  });
}
