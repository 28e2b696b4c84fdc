// What becomes of a thousand connections through one address, on each of which something is said twenty times a second, while an
// administrator moves it about, and when an agent or a node fails. Once for each family.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { eventually } from '../../lab/eventually.js';
import { longSilenceMs, type Talkers, type Talks } from '../../lab/talkers.js';
import { clusterOrSkip } from '../lab/beside.js';
import type { RealNodes } from '../lab/cluster.js';
import { serveTalkers, type Talked, type TalkedTo, talked } from '../lab/connections.js';
import { agentsProcess, install, namespace, settled, tellFailure } from '../lab/installed.js';
import { type Judge, longestMs } from '../lab/judge.js';

const count = 1_000;
/** Longer than it takes to say something on every connection, and to send again what was lost. */
const aWhileMs = 2_000;
/**
 * How long a connection may be silent for, where datagrams to the same address are for so long, in milliseconds. TCP sends again what is
 * late by more than 200 ms, and waits twice as long each time after that.
 */
const mostSilentMs = (datagramsMs: number) => longSilenceMs + 2 * datagramsMs;

interface Outcome extends Talks {
  /** For how long datagrams were silent. */
  readonly datagramsMs: number;
}

for (const name of ['four', 'six', 'local'] as const satisfies readonly Talked[])
  describe(`connections through an ${talked[name].family} address, policy ${talked[name].policy}`, function () {
    this.timeout(300_000);
    let cluster: RealNodes;
    let service: TalkedTo;
    let judge: Judge | undefined;
    let talkers: Talkers | undefined;
    before(async function () {
      cluster = await clusterOrSkip(this);
      await install(cluster);
      service = (await serveTalkers(cluster)).get(name)!;
      judge = service.datagrams();
    });
    after(() => judge?.end());
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
    const over = async (fault: (leader: string) => Promise<void>): Promise<Outcome> => {
      const leader = await service.leader();
      talkers = await service.talk(count);
      await wait(1_000);
      const steady = talkers.now();
      talkers.forget();
      const seen = await judge!.during(async () => {
        await fault(leader);
        await wait(aWhileMs);
      });
      const talks = await talkers.later();
      const datagramsMs = longestMs(seen.get('datagrams')!);
      console.log(
        `      ${talks.broken.length} broken; silent for ${talks.longestMs} ms (before: ${steady.longestMs}), datagrams for ${datagramsMs}; ` +
          `asked ${talks.latestMs} ms late`,
      );
      return { ...talks, datagramsMs };
    };
    const kept = async ({ broken, longestMs, datagramsMs }: Outcome) => {
      assert.deepEqual(broken, []);
      assert.ok(Number.isFinite(datagramsMs), 'datagrams are answered again, else nothing is compared');
      assert.ok(longestMs < mostSilentMs(datagramsMs), `${longestMs} ms, datagrams ${datagramsMs} ms`);
      await eventually('none that is silent', () => talkers!.now().silent === 0);
    };
    const waitDrained = (node: string, seconds: number) =>
      execa(
        process.execPath,
        [join(projectRoot(), 'dist/main.js'), 'wait-drained', node, '--timeout', String(seconds)],
        { reject: false },
      );
    /** A connection that begins now is known to who leads, and to nobody who led before. */
    const beginsAtTheLeader = async () => {
      talkers!.another();
      await eventually('one more', () => talkers!.now().open === count + 1);
      assert.deepEqual(await service.knownBy(talkers!.now().newest[0]!), [await service.leader()]);
    };

    it('outlive a rolling restart of all agents', async () => {
      const talks = await over(async () => {
        await inNamespace('rollout', 'restart', 'daemonset/openelb-agent');
        await inNamespace('rollout', 'status', 'daemonset/openelb-agent', '--timeout=180s');
      });
      await kept(talks);
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
      await kept(talks);
    });

    it('outlive that its node is drained', async () => {
      let drained = '';
      const talks = await over(async (leader) => {
        drained = leader;
        await cluster.kubectl(['drain', leader, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s']);
        await movesFrom(leader);
      });
      await beginsAtTheLeader();
      const isWaiting = await waitDrained(drained, 5);
      assert.deepEqual([isWaiting.exitCode, isWaiting.stdout], [1, '']);
      assert.match(isWaiting.stderr, new RegExp(`connections go by ${drained}: `));
      await kept(talks);
      await talkers!.stop(); // or else they would for five minutes
      const isOver = await waitDrained(drained, 150);
      assert.deepEqual([isOver.exitCode, isOver.stdout], [0, `nothing goes by ${drained} any more`]);
      await cluster.kubectl(['uncordon', drained]);
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
      await kept(talks);
      await beginsAtTheLeader();
    });

    it('outlive a change of the mode, and back', async () => {
      const talks = await over(async () => {
        for (const protocol of ['layer2', 'vip']) {
          await service.changePool({ protocol });
          await wait(aWhileMs);
        }
      });
      await kept(talks);
    });

    it('outlive their agent when that is killed', async () => {
      const talks = await over(async (leader) => {
        process.kill(await agentsProcess(cluster, leader), 'SIGKILL');
        await movesFrom(leader);
      });
      await kept(talks);
      await beginsAtTheLeader();
    });

    it('outlive their agent when that stands still for 5 s', async () => {
      const talks = await over(async (leader) => {
        const agent = await agentsProcess(cluster, leader);
        process.kill(agent, 'SIGSTOP');
        await wait(5_000);
        process.kill(agent, 'SIGCONT');
      });
      await kept(talks);
    });

    it('are reset, not left alone, when their node loses its power', async () => {
      const node = await service.leader();
      talkers = await service.talk(count);
      await cluster.cutPower(node);
      try {
        const cut = performance.now();
        // Some of the new ones go to its Pod, as long as Kubernetes takes the node for alive.
        await eventually('a leader that answers', () => {
          talkers!.another();
          return talkers!.now().open > count;
        });
        const led = performance.now();
        // How often a client tries again is the client's own: at first each 200 ms, then ever more rarely.
        await eventually('all of them reset', () => talkers!.now().broken.length >= count, { withinMs: 10_000 });
        const all = performance.now();
        console.log(
          `      somebody else answers after ${Math.round(led - cut)} ms, all are reset ${Math.round(all - led)} ms later`,
        );
        for (const each of talkers.now().broken) assert.match(each, /ECONNRESET/);
        assert.ok(all - led < 1_000, `${Math.round(all - led)} ms`);
      } finally {
        await cluster.bootAgain(node);
        await settled(cluster, 90_000);
      }
    });
  });
