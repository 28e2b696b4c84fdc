// What an administrator does to Pods and nodes while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { besideInstalled } from './lab/beside.js';
import { namespace } from './lab/installed.js';
import { losses } from './lab/judge.js';
import { leaderOf, movesFrom } from './lab/leading.js';

besideInstalled('in a real cluster', (o) => {
  beforeEach(() => o.product.settled());

  const nothingIsLost = async (act: () => Promise<void>) =>
    assert.deepEqual(losses(await o.product.judge.during(act)), []);

  it('a rolling restart of all agents and the controller loses nothing', () =>
    nothingIsLost(async () => {
      const inNamespace = ['-n', namespace];
      const programs = ['daemonset/openelb-agent', 'deployment/openelb-controller'];
      await o.cluster.kubectl([...inNamespace, 'rollout', 'restart', ...programs]);
      for (const program of programs)
        await o.cluster.kubectl([...inNamespace, 'rollout', 'status', program, '--timeout=180s']);
    }));

  it("the leader's Pod is deleted, and nothing is lost", () =>
    nothingIsLost(async () => {
      const leader = await leaderOf(o.product);
      await o.cluster.kubectl(['-n', namespace, 'delete', 'pod', await o.product.agentOn(leader)]);
      await movesFrom(o.product, leader);
    }));

  it('the leader is drained, and nothing is lost', async () => {
    const leader = await leaderOf(o.product);
    await nothingIsLost(async () => {
      await o.cluster.kubectl(['drain', leader, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=150s']);
      await movesFrom(o.product, leader);
    });
    await nothingIsLost(async () => {
      await o.cluster.kubectl(['uncordon', leader]);
      await o.product.settled();
    });
  });
});
