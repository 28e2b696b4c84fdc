// `kubectl drain` waits for connections where deploy/drain-hold.yaml is applied.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { imageName } from '../../../scripts/packaging/image.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { clusterOrSkip } from '../lab/beside.js';
import type { RealNodes } from '../lab/cluster.js';
import { serveTalkers, type TalkedTo } from '../lab/connections.js';
import { install, namespace, settled, tellFailure } from '../lab/installed.js';

describe('a drain of a node, with a Pod that holds it up', function () {
  this.timeout(400_000);
  let cluster: RealNodes;
  let service: TalkedTo;
  before(async function () {
    cluster = await clusterOrSkip(this);
    await install(cluster);
    service = (await serveTalkers(cluster)).get('four')!;
    const manifest = await readFile(join(projectRoot(), 'deploy/drain-hold.yaml'), 'utf8');
    assert.ok(manifest.includes(`image: ${await imageName()}\n`));
    await cluster.kubectl(['apply', '-f', '-'], { input: manifest });
    await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/openelb-drain-hold', '--timeout=90s']);
    await settled(cluster);
  });
  afterEach(async function () {
    await tellFailure(this.currentTest, cluster);
  });

  it('ends when the connections that go by the node have ended, and not before', async () => {
    const node = await service.leader();
    const talkers = await service.talk(50);
    const began = performance.now();
    let tookMs: number | undefined;
    const drained = cluster
      .kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=200s'])
      .finally(() => {
        tookMs = performance.now() - began;
      });
    await wait(40_000);
    assert.equal(tookMs, undefined, 'it waits');
    assert.notEqual(await service.leader(), node);
    const { broken } = await talkers.stop();
    assert.deepEqual(broken, []);
    await drained;
    console.log(`      the drain took ${Math.round(tookMs! / 1_000)} s, of which connections went on for 40`);
    await cluster.kubectl(['uncordon', node]);
    await settled(cluster);
  });
});
