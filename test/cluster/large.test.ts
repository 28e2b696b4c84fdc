// A large cluster, scaled down in what takes long, with the built controller: how soon Services are served and at what cost, that nothing is
// written at rest, and how much an agent reads. The agents' part is played here: what they say of groups is written by each of them.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { VipGroup } from '../../src/api/vip-group.js';
import { forEachBounded } from '../../src/controller/groups/bounded.js';
import { vipGroups } from '../../src/controller/objects/resources.js';
import { membershipsIn } from '../../src/core/placement/group.js';
import { nodes } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type BuiltController, startBuiltController, writesIn } from './built-controller.js';
import { newGroupChanges, noteChange } from './group-changes.js';
import { countGroupReads } from './group-reads.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';
import { reportMembers } from './report-members.js';
import { createPool, createService, createServices, removeServices, servedAddresses } from './service-load.js';

const nodeCount = 500;
const pools = ['pool-0', 'pool-1'];
/** A tenth of what is aimed at: 10 000 in 30 s and 179 MB, which the benchmark has. */
const waiting = 1_000;
/** Three seconds are a tenth of what is aimed at, two are for the start and for the compiler to warm up. */
const servedWithinMs = 5_000;
/** Of 10^6 bytes: 70 without a Service, a tenth of what there is beyond that, and some, since memory comes in lumps. */
const mostMegabytes = 70 + (179 - 70) / 10 + 20;
/** Services a second that come while agents read, and for how long, in seconds. */
const [rate, seconds, lifeMs] = [100, 24, 1_500];
/** Of a VipGroup with 16 members that have all reported, and some forty addresses: most of it is who has written which part. */
const mostBytes = 13_000;
const restMs = 2_000;

describe('a large cluster', function () {
  this.timeout(180_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let controller: BuiltController | undefined;

  before(async () => {
    installed = await startInstalledCluster([], {}, { fewServices: true });
    ({ client } = installed);
    const names = Array.from({ length: nodeCount }, (_, at) => nodeName(at));
    await forEachBounded(names, 16, async (name) => {
      await client.create(nodes, { metadata: { name } });
    });
    for (const [at, pool] of pools.entries()) await createPool(client, pool, `10.${100 + at}.0.0/20`);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const nodeName = (at: number) => `node-${String(at).padStart(3, '0')}`;
  const writes = async () => writesIn(await controller!.metrics());
  const assertRests = async () => {
    const before = await writes();
    await wait(restMs);
    assert.equal((await writes()) - before, 0, 'writes at rest');
  };

  it(`has ${waiting} waiting Services served in ${servedWithinMs / 1000} s, by one write each`, async () => {
    await createServices(
      client,
      Array.from({ length: waiting }, (_, at) => [`web-${at}`, pools[at % 2]!] as const),
    );
    controller = await startBuiltController(installed.cluster);
    const began = performance.now();
    const inUse = async () =>
      [...(await controller!.metrics())].reduce(
        (sum, [series, value]) => (series.startsWith('openelb_eip_addresses_in_use{') ? sum + value : sum),
        0,
      );
    await eventually('an address of each', async () => (await inUse()) === waiting, { withinMs: 60_000, everyMs: 50 });
    const [tookMs, cpuMs] = [performance.now() - began, controller.cpuMs()];
    await controller.settled(60_000);
    const { peak } = controller.memory();
    const groups = (await client.list<VipGroup>(vipGroups)).items;
    const perService = ((await writes()) - groups.length) / waiting;
    console.log(
      `      ${(tookMs / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of CPU, ${peak.toFixed(0)} MB, ${perService.toFixed(2)} writes for each, ${groups.length} groups`,
    );
    // By the clock, or, on a machine that is busy with other things, by the processor time that it took.
    assert.ok(Math.min(tookMs, cpuMs) < servedWithinMs, `${tookMs} ms, ${cpuMs} ms of CPU`);
    assert.ok(peak < mostMegabytes, `${peak} MB`);
    assert.ok(perService < 1.1, `${perService} writes`);
    assert.equal(new Set((await servedAddresses(client)).values()).size, waiting);
  });

  it('writes nothing at rest, nor after a restart', async () => {
    await forEachBounded((await client.list<VipGroup>(vipGroups)).items, 4, (group) => reportMembers(client, group));
    // No agent runs: what was written for them is taken back once that is known.
    await eventually(
      'statuses that say so',
      async () => {
        const { items } = await client.list<VipGroup>(vipGroups);
        return items.every(({ status }) => status?.members?.every(({ state }) => state === 'Lost') === true);
      },
      { withinMs: 30_000, everyMs: 500 },
    );
    await controller!.settled(60_000);
    await assertRests();
    await controller!.stop();
    controller = await startBuiltController(installed.cluster);
    await controller.settled(60_000);
    // What comes once the agents are missed again is the same: see the unit test of standings.
    await wait(restMs);
    assert.equal(await writes(), 0, 'writes after a restart');
  });

  it(`has each agent of ${nodeCount} read less than 1 MB a minute at ${rate} Services a second: of its own groups, of which few are written`, async () => {
    const { items, metadata } = await client.list<VipGroup>(vipGroups);
    const chosen = items[0]!.spec.members[0]!.node;
    const names = Array.from({ length: nodeCount }, (_, at) => nodeName(at));
    const changes = newGroupChanges(items);
    const reads = countGroupReads(client, {
      ...{ nodes: names, chosen, resourceVersion: metadata.resourceVersion },
      onObject: (group) => noteChange(changes, group),
    });
    const began = performance.now();
    const remover = client.reopen();
    const lives: Promise<unknown>[] = [];
    for (let at = 0; at < rate * seconds; at += 1) {
      await wait(Math.max(0, began + (at * 1000) / rate - performance.now()));
      const life = createService(client, `brief-${at}`, pools[at % 2]!)
        .then(() => wait(lifeMs))
        .then(() => removeServices(remover, [`brief-${at}`]));
      lives.push(life);
    }
    await Promise.all(lives);
    // On a machine that is busy with other things they come more slowly, and more of them are written by themselves.
    const minutes = (performance.now() - began) / 60_000;
    await controller!.settled(60_000);
    await eventually('both watches at the same point', () => reads.chosen === reads.byNode.get(chosen), {
      withinMs: 5_000,
    });
    await reads.stop();
    const memberships = membershipsIn(items.map(({ spec }) => spec));
    const together = changes.joined.addresses / changes.joined.events;
    const mostGroups = Math.max(...memberships.values());
    const perMinute = (bytes: number) => bytes / minutes / 1e6;
    const each = [...reads.byNode.values()].map(perMinute);
    const [mean, most, ofAll] = [
      each.reduce((sum, mb) => sum + mb, 0) / nodeCount,
      Math.max(...each),
      perMinute(reads.all),
    ];
    console.log(
      `      ${reads.events} events of ${(reads.all / reads.events / 1000).toFixed(1)} kB for ${rate * seconds} Services, ` +
        `${together.toFixed(1)} addresses join at a time; MB a minute: ` +
        `${mean.toFixed(2)} on average, ${most.toFixed(2)} at most, ${ofAll.toFixed(1)} for who reads of all groups`,
    );
    assert.ok(reads.chosen > 0, 'something is read');
    // So many groups and members are a little more than one for each node.
    assert.ok(mostGroups <= 2, `a node is in ${mostGroups} groups`);
    assert.ok(together > 2, `${together} addresses join at a time`);
    // Without being gathered they are more, at this rate.
    assert.ok(reads.events < 20 * 60 * minutes, `${reads.events} events in ${60 * minutes} s`);
    assert.ok(reads.all / reads.events < mostBytes, `${reads.all / reads.events} bytes of an event`);
    assert.ok(mean < ofAll / 20, `${mean} MB a minute of ${ofAll}`);
    assert.ok(most < 1, `${most} MB a minute`);
  });
});
