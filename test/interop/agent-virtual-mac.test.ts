import assert from 'node:assert/strict';
import { answeredByAnother, during, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

for (const { family, vip, mac } of [
  { family: 'IPv4', vip: '10.77.0.100', mac: '00:00:5e:00:01:09' },
  { family: 'IPv6', vip: 'fd77::100', mac: '00:00:5e:00:02:09' },
]) {
  describe(`agents in network namespaces, answering for ${family} addresses with the virtual MAC`, function () {
    this.timeout(120_000);
    let subject: ManifestNodes;
    const write = (settings: { virtualMac?: boolean }) =>
      subject.write('group', {
        protocol: 'vip',
        interface: 'eth0',
        addresses: [vip],
        vrrp: { virtualRouterId: 9, advertisementInterval: '100ms', ...settings },
      });
    const virtualLinks = async ({ host }: Node) =>
      JSON.parse(await host.run('ip', ['-j', 'link', 'show', 'type', 'macvlan'])) as {
        ifname: string;
        flags: string[];
      }[];
    const holdersOf = async () => {
      const shown = await Promise.all(subject.nodes.map(({ host }) => host.run('ip', ['-j', 'address'])));
      return subject.nodes.filter((_, index) => shown[index]!.includes(`"${vip}"`));
    };
    /** The MAC that the client finds the address at, asked anew. */
    const macSeen = async () => {
      await subject.client.run('ip', ['neigh', 'flush', 'all']);
      await subject.client.run('ping', ['-c', '1', '-W', '2', vip]);
      const [entry] = JSON.parse(await subject.client.run('ip', ['-j', 'neigh', 'show', vip])) as { lladdr: string }[];
      return entry?.lladdr;
    };

    before(async () => {
      subject = await startManifestNodes(`oagv${family}${process.pid}`.toLowerCase());
      write({ virtualMac: true });
    });
    after(() => subject?.lab.close());
    afterEach(function () {
      if (this.currentTest?.state !== 'failed' || subject === undefined) return;
      for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
    });

    it('a client finds the address at the virtual MAC before and after failing over, without asking anew', async () => {
      const leader = await settledLeader({ ...subject, vip });
      assert.equal(await macSeen(), mac);
      leader.agent().signal('SIGTERM');
      await eventually('another holder', async () => {
        const holders = await holdersOf();
        return (holders.length === 1 && holders[0] !== leader) || undefined;
      });
      await subject.client.run('ping', ['-c', '1', '-W', '2', vip]);
      assert.equal(await macSeen(), mac);
      await leader.agent().exited;
      leader.startAgent();
    });

    it('only the leader has its interface switched on, and the address is there', async () => {
      const leader = await settledLeader({ ...subject, vip });
      for (const node of subject.nodes) {
        const [link] = await virtualLinks(node);
        assert.equal(link?.flags.includes('UP'), node === leader, node.name);
      }
      assert.deepEqual(await holdersOf(), [leader]);
      assert.ok(!(await leader.host.addresses()).includes(vip), 'not on the NIC');
    });

    it('an interface that somebody switches off is on again, with the address', async () => {
      const leader = await settledLeader({ ...subject, vip });
      const [link] = await virtualLinks(leader);
      await leader.host.run('ip', ['link', 'set', link!.ifname, 'down']);
      await eventually('it is on', async () => (await virtualLinks(leader))[0]!.flags.includes('UP'));
      await eventually('the address is there', async () => (await holdersOf())[0] === leader);
      assert.equal(await macSeen(), mac);
    });

    it('several groups leave a node that ends without a lost probe', async () => {
      const others = [1, 2, 3].map((number) => ({
        group: `other-${number}`,
        spec: {
          protocol: 'vip' as const,
          interface: 'eth0',
          addresses: [vip.replace('100', `11${number}`)],
          vrrp: { virtualRouterId: 20 + number, advertisementInterval: '100ms', virtualMac: true },
        },
      }));
      for (const { group, spec } of others) subject.write(group, spec);
      for (const { spec } of others) await settledLeader({ ...subject, vip: spec.addresses[0]! });
      const election = { ...subject, vip: others[2]!.spec.addresses[0]! };
      const seen = await during(election, async (leader, prober) => {
        leader.agent().signal('SIGTERM');
        await answeredByAnother(prober, leader);
        await leader.agent().exited;
      });
      assert.deepEqual(seen.silences, []);
      await everybodyIsBack(election);
      for (const { group } of others) subject.remove(group);
      await eventually('one interface each', async () =>
        (await Promise.all(subject.nodes.map(virtualLinks))).every((links) => links.length === 1),
      );
    });

    it('an agent that ends leaves no interface and no changed setting behind', async () => {
      const leader = await settledLeader({ ...subject, vip });
      const setting = async () => (await leader.host.run('cat', ['/proc/sys/net/ipv4/conf/eth0/arp_ignore'])).trim();
      assert.equal(await setting(), '1');
      leader.agent().signal('SIGTERM');
      await leader.agent().exited;
      assert.deepEqual([await virtualLinks(leader), await setting()], [[], '0']);
      leader.startAgent();
    });

    it('a group that goes on without it leaves no interface', async () => {
      write({});
      await eventually('no interface with the MAC', async () =>
        (await Promise.all(subject.nodes.map(virtualLinks))).every((links) => links.length === 0),
      );
      const leader = await settledLeader({ ...subject, vip });
      assert.ok((await leader.host.addresses()).includes(vip), 'on the NIC');
      write({ virtualMac: true });
      await eventually('an interface with the MAC', async () => (await virtualLinks(leader)).length === 1);
      await settledLeader({ ...subject, vip });
    });

    it('what a killed agent left behind answers for 3 s at most, and is replaced at the next start', async () => {
      const leader = await settledLeader({ ...subject, vip });
      const [before] = await virtualLinks(leader);
      leader.agent().signal('SIGKILL');
      await eventually(
        'one holder, another',
        async () => {
          const holders = await holdersOf();
          return (holders.length === 1 && holders[0] !== leader) || undefined;
        },
        { withinMs: 3_500 },
      );
      assert.equal((await virtualLinks(leader))[0]?.ifname, before?.ifname);
      leader.startAgent();
      await settledLeader({ ...subject, vip });
      const after = await virtualLinks(leader);
      assert.equal(after.length, 1);
      assert.ok(!after[0]!.flags.includes('UP'));
      assert.equal(await macSeen(), mac);
    });

    it('puts the settings of the NIC back at the next start, after it was killed', async () => {
      const names = ['arp_ignore', 'arp_filter', 'arp_announce'];
      const node = await settledLeader({ ...subject, vip });
      const settings = async () => {
        const shown = await node.host.run('sysctl', ['-n', ...names.map((name) => `net.ipv4.conf.eth0.${name}`)]);
        return shown.trim().split('\n').map(Number);
      };
      assert.deepEqual(await settings(), [1, 1, 2]);
      node.agent().signal('SIGKILL');
      await node.agent().exited;
      assert.deepEqual(await settings(), [1, 1, 2], 'nobody was there to put them back');
      write({});
      node.startAgent();
      await eventually('the settings as they were', async () => (await settings()).every((value) => value === 0));
      await eventually('a word about it', () => /put back settings that an earlier run left/.test(node.agent().log()));
      await settledLeader({ ...subject, vip });
    });
  });
}
