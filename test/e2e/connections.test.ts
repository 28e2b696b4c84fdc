import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { burst, mostCounted, packetsPerSecond } from '../../src/agent/draining/ruleset.js';
import { latenessBounds } from '../../src/agent/engine/lateness.js';
import type { EngineReport } from '../../src/agent/engine/messages.js';
import type { ShownDraining } from '../../src/agent/status/shown-draining.js';
import { run } from '../lab/command.js';
import { askNode, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { startPods } from '../lab/pod.js';
import { programArguments, urgently } from '../lab/process.js';
import { startEcho, startTalkers, type Talkers, type Talks } from '../lab/talkers.js';
import { translate } from '../lab/translation.js';

const addresses = ['10.77.0.100', 'fd77::1:100'] as const;
const port = { outside: 80, inside: 7000 };
const perAddress = 25;
/** Longer than it takes to move an address and to say something on every connection. */
const aWhile = 1_000;

for (const protocol of ['vip', 'layer2'] as const)
  describe(`connections through an address in mode ${protocol}`, function () {
    this.timeout(180_000);
    let lab: ManifestNodes;
    let talkers: Talkers | undefined;
    /** The client's ports for the next connections. */
    let ports = 32_768;

    const write = (
      o: { drainConnections?: string; protocol?: 'vip' | 'layer2'; virtualMac?: boolean; preempt?: boolean } = {},
    ) => {
      for (const [n, address] of addresses.entries())
        lab.write(`group${n}`, {
          protocol: o.protocol ?? protocol,
          interface: 'eth0',
          addresses: [address],
          vrrp: {
            virtualRouterId: 7,
            advertisementInterval: '100ms',
            drainConnections: o.drainConnections ?? '5m',
            virtualMac: o.virtualMac ?? false,
            preempt: o.preempt ?? false,
          },
        });
    };
    const election = () => ({ ...lab, vip: addresses[0] });

    before(async () => {
      lab = await startManifestNodes(`e2econn${protocol.slice(0, 1)}${process.pid}`, 3);
      const { lab: net, nodes } = lab;
      const hosts = nodes.map(({ host }) => host);
      const pods = await startPods({ lab: net.name, folder: net.folder, nodes: hosts });
      for (const pod of pods) await startEcho(pod.start, port.inside);
      for (const host of hosts) await translate(host, addresses, port, pods);
    });
    beforeEach(async () => {
      write();
      for (const vip of addresses) await everybodyIsBack({ ...lab, vip });
      if ((await bothLeaders()).size === 1) return;
      // Each family elects for itself. A fault is one of whoever leads both: the first node takes them.
      write({ preempt: true });
      await eventually('one leader of both addresses', async () => (await bothLeaders()).size === 1);
      write();
    });
    afterEach(async function () {
      await talkers?.stop();
      talkers = undefined;
      if (this.currentTest?.state !== 'failed' || lab === undefined) return;
      for (const { name, agent, host } of lab.nodes)
        console.error(`--- ${name}\n${agent().log()}\n${await host.run('nft', ['list', 'ruleset'])}`);
    });
    after(() => lab?.lab.close());

    const leader = () => settledLeader(election());
    const bothLeaders = async () => new Set(await Promise.all(addresses.map((vip) => settledLeader({ ...lab, vip }))));
    const talk = async () => {
      // Others than before: a node may have another connection, which ended lately, in mind that began from the same one.
      await lab.client.run('sysctl', ['-qw', `net.ipv4.ip_local_port_range=${ports} ${ports + 999}`]);
      ports += 1_000;
      talkers = await startTalkers(lab.client, addresses, port.outside, perAddress);
      return talkers;
    };
    /** What became of connections that were open when `fault` happened to who led. */
    const over = async (fault: (leader: Node) => Promise<void>) => {
      const before = await leader();
      const talking = await talk();
      await fault(before);
      await wait(aWhile);
      const talks = await talking.later();
      console.log(`      longest silence ${talks.longestMs} ms`);
      return talks;
    };
    const unbroken = ({ broken, silent }: Talks) => assert.deepEqual({ broken, silent }, { broken: [], silent: 0 });
    /** Has the client send as many as it can for so long; how many it did, within how long. */
    const forge = async (to: Host, seconds: number, hopLimit = 64) => {
      const [link] = JSON.parse(await to.run('ip', ['-j', 'link', 'show', 'eth0'])) as readonly { address: string }[];
      const program = programArguments(new URL('../lab/programs/forger', import.meta.url), import.meta.url);
      const parameters = [
        lab.client.address,
        addresses[0],
        `${port.outside}`,
        link!.address,
        `${seconds}`,
        `${hopLimit}`,
      ];
      const [command, args] = urgently(process.execPath, [...program, ...parameters]);
      const forger = lab.client.start('forger', command, args);
      let flood: { readonly sent: number; readonly seconds: number } | undefined;
      forger.onLine((line) => {
        flood = JSON.parse(line);
      });
      return eventually('its end', () => flood, {
        withinMs: 1_000 * seconds + 10_000,
        onTimeout: () => forger.log(),
      });
    };
    /**
     * Has the switch deliver each forged segment to who leads so many times: then it is a flood on a slow machine, too. It counts and drops
     * those that this one hands on: how many come is not to depend on what others do with them.
     */
    const multiply = async (to: Host, times: number) => {
      const nft = (...args: string[]) => run('ip', ['netns', 'exec', lab.lab.bridge, 'nft', ...args]);
      const forged = `ip daddr ${addresses[0]} tcp sport < 32000`;
      const ingress = `type filter hook ingress device "${lab.client.name}" priority 0`;
      await nft(`table netdev flood { chain in { ${ingress}; }; }`);
      for (let copy = 1; copy < times; copy++) await nft(`add rule netdev flood in ${forged} dup to "${to.name}"`);
      await nft('table bridge flood { chain on { type filter hook forward priority 0; }; }');
      await nft(`add rule bridge flood on iifname "${to.name}" ${forged} counter drop`);
      return {
        handedOn: async () => Number(/packets (\d+)/.exec(await nft('list table bridge flood'))?.[1]),
        end: () => nft('delete table netdev flood; delete table bridge flood'),
      };
    };
    /** What a flood would show in. */
    const seen = async (present: Node, former: Node) => {
      const report = (await askNode(present)) as EngineReport & ShownDraining;
      const entries = ({ host }: Node) => host.run('cat', ['/proc/sys/net/netfilter/nf_conntrack_count']).then(Number);
      const standing = await Promise.all(lab.nodes.filter((node) => node !== former).map(askNode));
      return {
        packets: report.connections.packets,
        count: report.connections.count,
        transitions: standing.map(({ counters }) => counters.transitions_to_active ?? 0).join(),
        late: report.lateness.counts.slice(latenessBounds.indexOf(100_000) + 1).reduce((sum, count) => sum + count),
        conntrack: await Promise.all([present, former].map(entries)),
      };
    };
    const restart = async (node: Node) => {
      node.agent().signal('SIGTERM');
      await node.agent().exited;
      node.startAgent();
      await leader();
    };

    it('outlive its leader’s agent when that is ended', async () => {
      unbroken(
        await over(async (node) => {
          node.agent().signal('SIGTERM');
          await node.agent().exited;
        }),
      );
    });

    it('outlive it when that is killed', async () => {
      unbroken(
        await over(async (node) => {
          node.agent().signal('SIGKILL');
          await node.agent().exited;
        }),
      );
    });

    it('outlive it when that stands still for 5 s', async () => {
      unbroken(
        await over(async (node) => {
          node.agent().signal('SIGSTOP');
          await wait(5_000);
          node.agent().signal('SIGCONT');
        }),
      );
    });

    it('outlive restarts of all agents, and moves on from node to node and back', async () => {
      const talks = await over(async () => {
        for (const _ of lab.nodes) {
          await restart(await leader());
          talkers!.another();
          await wait(300);
        }
        const last = await leader();
        for (const node of lab.nodes) if (node !== last) await restart(node);
      });
      unbroken(talks);
      assert.equal(talks.open, 2 * perAddress + 2 * lab.nodes.length);
    });

    it('outlive a change of the mode', async () => {
      unbroken(await over(async () => write({ protocol: protocol === 'vip' ? 'layer2' : 'vip' })));
    });

    if (protocol === 'vip')
      it('outlive moves that hosts do not see, with a virtual MAC', async () => {
        write({ virtualMac: true });
        await wait(aWhile);
        const talks = await over(async () => {
          await restart(await leader());
          await restart(await leader());
        });
        unbroken(talks);
      });

    it('are reset, not left alone, when their node loses its power', async () => {
      await over(async (node) => void (await node.host.cable.cut()));
      const count = 2 * perAddress;
      // How often a client tries again is the client's own: at first each 200 ms, then ever more rarely.
      await eventually('all connections reset', () => talkers!.now().broken.length === count, { withinMs: 5_000 });
      for (const each of talkers!.now().broken) assert.match(each, /ECONNRESET/);
    });

    if (protocol === 'vip')
      it('begin at who leads, and need nobody who led before', async () => {
        const count = 2 * perAddress;
        await over(async (node) => {
          node.agent().signal('SIGTERM');
          await node.agent().exited;
          talkers!.another();
          await eventually('two more', () => talkers!.now().open === count + 2);
          await node.host.cable.cut();
        });
        await eventually('the first ones reset', () => talkers!.now().broken.length === count, { withinMs: 5_000 });
        await wait(aWhile);
        assert.equal(talkers!.now().broken.length, count);
      });

    if (protocol === 'vip')
      it('outlive a moment in which who led before is not reached, and what outlives a longer one goes on to it', async () => {
        let former: Node;
        const talks = await over(async (node) => {
          former = node;
          node.agent().signal('SIGTERM');
          await node.agent().exited;
          await wait(200);
          await node.host.cable.cut();
          await wait(100);
          await node.host.cable.heal();
        });
        unbroken(talks);
        const present = await settledLeader({ ...election(), nodes: lab.nodes.filter((node) => node !== former) });
        const { cable, address } = former!.host;
        const isHandedOn = async () =>
          ((await askNode(present)) as EngineReport & ShownDraining).connections.handedTo.includes(address);
        await cable.cut();
        await eventually('no way to it', async () => !(await isHandedOn()), { withinMs: 3_000 });
        await cable.heal();
        await eventually('the way to it', isHandedOn, { withinMs: 3_000 });
      });

    if (protocol === 'vip')
      it('bears a flood of forged segments after a move: what goes on is bounded, and adverts are on time', async () => {
        const former = await leader();
        former.agent().signal('SIGTERM');
        await former.agent().exited;
        const present = await settledLeader({ ...election(), nodes: lab.nodes.filter((node) => node !== former) });
        const times = 8;
        const switched = await multiply(present.host, times);
        const from = await seen(present, former);
        const { sent, seconds } = await forge(present.host, 3);
        const to = await seen(present, former);
        const handedOn = await switched.handedOn();
        await switched.end();
        const packets = (outcome: string) => (to.packets[outcome] ?? 0) - (from.packets[outcome] ?? 0);
        const arrived = packets('direct') + packets('excess');
        console.log(
          `      ${sent} sent ${times} times in ${seconds.toFixed(1)} s: ${arrived} came, ${handedOn} went on`,
        );
        const bound = packetsPerSecond * (seconds + 0.1) + burst; // the last ones may wait in a queue
        assert.ok(arrived > 2 * bound, `the flood is one: ${arrived} came, ${bound} may go on`);
        assert.ok(handedOn > 0 && handedOn <= bound);
        assert.deepEqual([to.transitions, to.late - from.late], [from.transitions, 0]);
        assert.ok(to.count > 0 && to.count <= mostCounted);
        await forge(present.host, 0.1); // who led before has them now, and whoever led before that one
        await forge(present.host, 0.1, 1); // they have been handed on too often: to a Pod each would be a new connection
        const { conntrack } = await seen(present, former);
        for (const [node, entries] of conntrack.entries())
          assert.ok(entries < from.conntrack[node]! + 100, `${entries} entries of conntrack`);
      });

    it('break where nobody has asked for them to be kept', async () => {
      write({ drainConnections: '0s' });
      await wait(aWhile);
      const { broken } = await over(async (node) => {
        node.agent().signal('SIGTERM');
        await node.agent().exited;
      });
      assert.ok(broken.length > perAddress, `only ${broken.length} broke`);
    });
  });
