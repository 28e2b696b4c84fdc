import { strict as assert } from 'node:assert';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Process, programArguments } from '../lab/process.js';
import { watchRoutes } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { startRouter } from '../lab/routers/start.js';

const seconds = 5;

describe('a router that floods routes', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let flooding: Host;
  let node: Host;
  let speaker: BgpSpeaker;
  let flood: Process;
  let sent = 0;

  before(async function () {
    await requireRouters(this, 'bird');
    lab = await openLab('flood');
    flooding = await lab.addHost('f', 1);
    host = await lab.addHost('r', 2);
    node = await lab.addHost('n1', 11);
    await startRouter('bird', lab.folder, host, {
      as: 65000,
      neighbors: [{ at: { address: node.address }, as: 65001 }],
    });
    const program = programArguments(new URL('../lab/programs/bgp-flood', import.meta.url), import.meta.url);
    flood = flooding.start('flood', process.execPath, program);
    let ready = false;
    flood.onLine((line) => {
      if (line === 'ready') ready = true;
      else sent = Number(line);
    });
    await eventually('the flood to be ready', () => ready, { onTimeout: () => flood.log() });
    speaker = await startBgpSpeaker(node, lab.folder);
  });
  after(() => lab?.close());

  it('at 100 000 a second and more delays no other session and grows no memory', async () => {
    const session = { families: [4] };
    speaker.command(
      configuration([peerOf('f', flooding.address, { session }), peerOf('r', host.address, { session })]),
    );
    speaker.command({ type: 'complete' });
    await speaker.eventuallyTold('f', 0);
    await speaker.eventuallyTold('r', 0);
    const monitor = await watchRoutes(host);
    await eventually('the flood to flow', () => sent > 200_000);
    const [before, memory] = [sent, await speaker.memory()];
    const delays: number[] = [];
    for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
      const prefix = `192.0.2.${delays.length % 200}/32`;
      const at = performance.now();
      speaker.routes([prefix]);
      await eventually(`a route to ${prefix}`, () => monitor.events.some((event) => event.prefix === prefix), {
        everyMs: 2,
      });
      delays.push(performance.now() - at);
      speaker.routes([], { remove: [prefix] });
      await eventually(`no route to ${prefix}`, () =>
        monitor.events.some((each) => each.deleted && each.prefix === prefix),
      );
      monitor.clear();
    }
    const rate = (sent - before) / seconds;
    const grown = ((await speaker.memory()) - memory) / 1e6;
    const sorted = delays.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1]!;
    const said = `${Math.round(rate)} routes a second, a change seen after ${Math.round(median)} ms, ${Math.round(grown)} MB more`;
    assert.ok(rate > 100_000, said);
    assert.ok(median < 100, said);
    assert.ok(grown < 20, said);
    for (const name of ['f', 'r']) {
      const { state, establishedCount } = speaker.report(name)!;
      assert.deepEqual([state, establishedCount], ['Established', 1], said);
    }
  });
});
