// What becomes of a thousand connections through one address, on each of which something is said twenty times a second, while an
// administrator moves it about, and when an agent or a node fails. Once for each family.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../lab/eventually.js';
import type { Talkers, Talks } from '../lab/talkers.js';
import type { RealNodes } from './lab/cluster.js';
import { serveTalkers, type Talked, type TalkedTo, talked } from './lab/connections.js';
import { agentsProcess, clusterOrSkip, install, namespace, settled, tellFailure } from './lab/installed.js';

const count = 1_000;
/** Longer than it takes to say something on every connection, and to send again what was lost. */
const aWhileMs = 2_000;
/** Of a planned move. Of datagrams none is lost then; TCP sends again what is late by more than 200 ms. */
const plannedMs = 300;
/** When an agent dies, as in failures.test.ts, and what TCP waits longer until it sends again. */
const failoverMs = 2_000;

for (const name of ['four', 'six', 'local'] as const satisfies readonly Talked[])
  describe(`connections through an ${talked[name].family} address, policy ${talked[name].policy}`, function () {
    this.timeout(180_000);
    let cluster: RealNodes;
    let service: TalkedTo;
    let talkers: Talkers | undefined;
    before(async function () {
      cluster = await clusterOrSkip(this);
      await install(cluster);
      service = (await serveTalkers(cluster)).get(name)!;
    });
    beforeEach(() => settled(cluster));
    afterEach(async function () {
      await talkers?.stop();
      talkers = undefined;
      await tellFailure(this.currentTest, cluster);
    });

    const inNamespace = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);
    const movesFrom = (node: string) =>
      eventually(`another leader than ${node}`, async () => (await leaderNow()) !== node, {
        withinMs: 45_000,
        everyMs: 200,
      });
    const leaderNow = () => service.leader().catch(() => undefined);
    /** What becomes of connections that are open when something happens to who leads them. */
    const over = async (fault: (leader: string) => Promise<void>): Promise<Talks> => {
      const leader = await service.leader();
      talkers = await service.talk(count);
      await fault(leader);
      await wait(aWhileMs);
      const talks = await talkers.later();
      console.log(
        `      ${talks.broken.length} broken; longest silence ${talks.longestMs} ms, of ${talks.slow} over 300 ms; asked ${talks.latestMs} ms late`,
      );
      return talks;
    };
    const kept = ({ broken, silent, longestMs }: Talks, mostMs: number) => {
      assert.deepEqual({ broken, silent }, { broken: [], silent: 0 });
      assert.ok(longestMs < mostMs, `${longestMs} ms`);
    };
    /** A connection that begins now is known to who leads, and to nobody who led before. */
    const beginsAtTheLeader = async () => {
      talkers!.another();
      await eventually('one more', () => talkers!.now().open === count + 1);
      assert.deepEqual(await service.knownBy(talkers!.now().newest[0]!), [await service.leader()]);
    };

    it('outlive a rolling restart of all agents', async () => {
      const talks = await over(async () => {
        await inNamespace('rollout', 'restart', 'daemonset/openelb-agent');
        await inNamespace('rollout', 'status', 'daemonset/openelb-agent', '--timeout=90s');
      });
      kept(talks, plannedMs);
      await beginsAtTheLeader();
    });

    it('outlive that its node is cordoned', async () => {
      let cordoned = '';
      const talks = await over(async (leader) => {
        cordoned = leader;
        await cluster.kubectl(['cordon', leader]);
        await movesFrom(leader);
      });
      await beginsAtTheLeader();
      await cluster.kubectl(['uncordon', cordoned]);
      kept(talks, plannedMs);
    });

    it('outlive that its node is drained', async () => {
      let drained = '';
      const talks = await over(async (leader) => {
        drained = leader;
        await cluster.kubectl(['drain', leader, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s']);
        await movesFrom(leader);
      });
      await beginsAtTheLeader();
      await cluster.kubectl(['uncordon', drained]);
      kept(talks, plannedMs);
    });

    it('outlive that groups go back to their preferred leaders', async () => {
      const preferred = await service.preferred();
      if ((await service.leader()) === preferred) {
        await cluster.kubectl(['cordon', preferred]);
        await movesFrom(preferred);
        await cluster.kubectl(['uncordon', preferred]);
        await settled(cluster);
      }
      const talks = await over(async (leader) => {
        await service.rebalance();
        await movesFrom(leader);
      });
      kept(talks, plannedMs);
      await beginsAtTheLeader();
    });

    it('outlive a change of the mode, and back', async () => {
      const talks = await over(async () => {
        for (const protocol of ['layer2', 'vip']) {
          await service.changePool({ protocol });
          await wait(aWhileMs);
        }
      });
      kept(talks, plannedMs);
    });

    it('outlive their agent when that is killed', async () => {
      const talks = await over(async (leader) => {
        process.kill(await agentsProcess(cluster, leader), 'SIGKILL');
        await movesFrom(leader);
      });
      kept(talks, failoverMs);
      await beginsAtTheLeader();
    });

    it('outlive their agent when that stands still for 5 s', async () => {
      const talks = await over(async (leader) => {
        const agent = await agentsProcess(cluster, leader);
        process.kill(agent, 'SIGSTOP');
        await wait(5_000);
        process.kill(agent, 'SIGCONT');
      });
      kept(talks, failoverMs);
    });

    it('are reset, not left alone, when their node loses its power', async () => {
      const node = await service.leader();
      talkers = await service.talk(count);
      await cluster.cutPower(node);
      const cut = performance.now();
      talkers.another();
      await eventually('a leader that answers', () => talkers!.now().open === count + 1, { everyMs: 10 });
      const led = performance.now();
      // How often a client tries again is the client's own: at first each 200 ms, then ever more rarely.
      await eventually('all of them reset', () => talkers!.now().broken.length === count, {
        withinMs: 10_000,
        everyMs: 10,
      });
      const all = performance.now();
      console.log(
        `      somebody else answers after ${Math.round(led - cut)} ms, all are reset ${Math.round(all - led)} ms later`,
      );
      for (const each of talkers.now().broken) assert.match(each, /ECONNRESET/);
      await cluster.bootAgain(node);
      await settled(cluster, 90_000);
      assert.ok(all - led < 1_000, `${Math.round(all - led)} ms`);
    });
  });
