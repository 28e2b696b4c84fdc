import assert from 'node:assert/strict';
import { settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

for (const { family, vip, ask } of [
  { family: 'IPv4', vip: '10.77.0.100', ask: ['arping', '-c', '1', '-w', '2', '-I', 'eth0', '10.77.0.100'] },
  { family: 'IPv6', vip: 'fd77::100', ask: ['ndisc6', '-1', '-w', '2000', 'fd77::100', 'eth0'] },
]) {
  describe(`agents that answer for ${family} addresses without holding them`, function () {
    this.timeout(60_000);
    let subject: ManifestNodes & { readonly vip: string };

    before(async () => {
      const nodes = await startManifestNodes(`oagal2${family}${process.pid}`.toLowerCase());
      subject = { ...nodes, vip };
      subject.write('group', {
        protocol: 'layer2',
        interface: 'eth0',
        addresses: [vip],
        vrrp: { virtualRouterId: 9, advertisementInterval: '100ms' },
      });
    });
    after(() => subject?.lab.close());
    afterEach(function () {
      if (this.currentTest?.state !== 'failed' || subject === undefined) return;
      for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
    });

    const macOf = async (node: Node) =>
      (JSON.parse(await node.host.run('ip', ['-j', 'link', 'show', 'eth0'])) as { address: string }[])[0]!.address;
    const answer = async () => {
      const [command, ...args] = ask;
      return (await subject.client.run(command!, args)).toLowerCase();
    };

    it(`${ask[0]} is answered by the leader's NIC, and no NIC has the address`, async () => {
      const leader = await settledLeader(subject);
      assert.ok((await answer()).includes(await macOf(leader)));
      for (const node of subject.nodes) assert.ok(!(await node.host.addresses()).includes(vip));
    });

    it('the successor answers after the leader was killed', async () => {
      const leader = await settledLeader(subject);
      leader.agent().signal('SIGKILL');
      await eventually(
        'an answer by another',
        async () => !(await answer()).includes(await macOf(leader)) || undefined,
      );
      leader.startAgent();
      await settledLeader(subject);
    });

    it('another address is answered by nobody', async () => {
      const [command, ...args] = ask.map((word) => (word === vip ? vip.replace(/100$/, '109') : word));
      await assert.rejects(subject.client.run(command!, args));
    });
  });
}
