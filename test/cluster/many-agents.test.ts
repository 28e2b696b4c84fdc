// Agents without a kernel beside the built controller: what they ask of an API server at rest, and how soon what is shown is true again when
// nodes are lost at once. `bench/scale` has more of them, and the costs of all the rest.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { askEveryMs } from '../../src/api/asking.js';
import { nodes } from '../../src/platform/kubernetes/builtin-resources.js';
import { startThinAgents, type ThinAgents } from '../bench/scale/thin-agents.js';
import { addressesShown, type Shown, untrueGroups, watchShown } from '../bench/scale/truth.js';
import { eventually } from '../lab/eventually.js';
import { type BuiltController, startBuiltController, writesIn } from './built-controller.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';
import { createPool, createServices } from './service-load.js';

const names = Array.from({ length: 24 }, (_, at) => `n${at + 1}`);
const lost = names.slice(-3);
const services = 40;
const restMs = 6_000;
const mostAtRest = 2;
const trueWithinMs = 15_000;

describe('many agents', function () {
  this.timeout(120_000);
  let installed: InstalledCluster;
  let controller: BuiltController;
  let agents: ThinAgents;
  let shown: Shown;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openelb-vip-many-agents-'));
    installed = await startInstalledCluster([], {}, { fewServices: true });
    const { client, cluster } = installed;
    for (const name of names) await client.create(nodes, { metadata: { name } });
    await createPool(client, 'pool', '10.100.0.0/24');
    controller = await startBuiltController(cluster);
    agents = await startThinAgents({ cluster, folder, namespace: 'openelb-system', nodes: names, doomed: lost });
    await createServices(
      client,
      Array.from({ length: services }, (_, at) => [`web-${at}`, 'pool'] as const),
    );
    shown = await watchShown(client);
    await untilTrue(60_000);
    await controller.settled(60_000);
  });
  after(async () => {
    await agents?.stop();
    await shown?.stop();
    await controller?.stop();
    await installed?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const untilTrue = (withinMs: number) =>
    eventually('the truth', () => addressesShown(shown) === services && untrueGroups(shown, agents.lan) === 0, {
      withinMs,
      onTimeout: () => `${addressesShown(shown)} addresses, ${untrueGroups(shown, agents.lan)} groups not as shown`,
    });

  it('ask nothing at rest, since the controller asks them, and nothing but whom it hears is written', async () => {
    // Each renews its Lease once in two minutes, and all begin at the same time.
    await eventually(
      'rest',
      async () => {
        const before = agents.calls();
        await wait(restMs);
        return agents.calls() - before <= mostAtRest;
      },
      { withinMs: 60_000 },
    );
    const [calls, writes] = [agents.calls(), writesIn(await controller.metrics())];
    await wait(restMs);
    assert.ok(agents.calls() - calls <= mostAtRest, `${agents.calls() - calls} requests`);
    const written = writesIn(await controller.metrics()) - writes;
    assert.ok(written <= restMs / askEveryMs + 1, `${written} writes`);
  });

  it(`of which some are lost at once: what is shown is true again within ${trueWithinMs / 1000} s`, async () => {
    const began = performance.now();
    await agents.lose();
    assert.ok(untrueGroups(shown, agents.lan) > 0, 'somebody led a group');
    await untilTrue(60_000);
    const tookMs = performance.now() - began;
    console.log(`      true after ${(tookMs / 1000).toFixed(1)} s`);
    assert.ok(tookMs < trueWithinMs, `${tookMs} ms`);
  });
});
