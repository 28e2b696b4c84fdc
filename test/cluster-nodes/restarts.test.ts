// What an administrator does to Pods and nodes while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.js';
import type { RealNodes } from './lab/cluster.js';
import { clusterOrSkip, type Installed, installed, namespace, tellFailure } from './lab/installed.js';
import { losses } from './lab/judge.js';

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

  const inNamespace = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);
  const leaderOf = async (name: string) => (await product.holderOf(name)) ?? assert.fail(`nobody holds ${name}`);
  const nothingIsLost = async (act: () => Promise<void>) =>
    assert.deepEqual(losses(await product.judge.during(act)), []);
  const movesFrom = (node: string) =>
    eventually(`another leader than ${node}`, async () => {
      const holder = await product.holderOf('tcp');
      return holder !== undefined && holder !== node;
    });

  it('a rolling restart of all agents and the controller loses nothing', () =>
    nothingIsLost(async () => {
      await inNamespace('rollout', 'restart', 'daemonset/openelb-agent', 'deployment/openelb-controller');
      await inNamespace('rollout', 'status', 'daemonset/openelb-agent', '--timeout=90s');
      await inNamespace('rollout', 'status', 'deployment/openelb-controller', '--timeout=60s');
    }));

  it("the leader's Pod is deleted, and nothing is lost", () =>
    nothingIsLost(async () => {
      const leader = await leaderOf('tcp');
      await inNamespace('delete', 'pod', await product.agentOn(leader));
      await movesFrom(leader);
    }));

  it('the leader is drained, and nothing is lost', async () => {
    const leader = await leaderOf('tcp');
    await nothingIsLost(async () => {
      await cluster.kubectl(['drain', leader, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s']);
      await movesFrom(leader);
    });
    await nothingIsLost(async () => {
      await cluster.kubectl(['uncordon', leader]);
      await product.settled();
    });
  });
});
