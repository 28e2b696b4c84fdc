// What an administrator does to Pods and nodes while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import type { RealNodes } from './lab/cluster.js';
import { clusterOrSkip, type Installed, installed, namespace, tellFailure } from './lab/installed.js';
import { losses } from './lab/judge.js';
import { leaderOf, movesFrom } from './lab/leading.js';

describe('in a real cluster', function () {
  this.timeout(120_000);
  let cluster: RealNodes;
  let product: Installed;
  before(async function () {
    cluster = await clusterOrSkip(this);
    product = await installed(cluster);
  });
  beforeEach(() => product.settled());
  after(() => product?.judge.end());
  afterEach(async function () {
    await tellFailure(this.currentTest, cluster);
  });

  const nothingIsLost = async (act: () => Promise<void>) =>
    assert.deepEqual(losses(await product.judge.during(act)), []);

  it("the leader's Pod is deleted, and nothing is lost", () =>
    nothingIsLost(async () => {
      const leader = await leaderOf(product);
      await cluster.kubectl(['-n', namespace, 'delete', 'pod', await product.agentOn(leader)]);
      await movesFrom(product, leader);
    }));

  it('the leader is drained, and nothing is lost', async () => {
    const leader = await leaderOf(product);
    await nothingIsLost(async () => {
      await cluster.kubectl(['drain', leader, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s']);
      await movesFrom(product, leader);
    });
    await nothingIsLost(async () => {
      await cluster.kubectl(['uncordon', leader]);
      await product.settled();
    });
  });
});
