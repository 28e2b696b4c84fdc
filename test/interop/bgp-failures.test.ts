import assert from 'node:assert/strict';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { eventuallyGateways, gatewaysOf, type RouteMonitor, watchRoutes } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { neighborAt, type Router } from '../lab/routers/router.js';
import { startRouter } from '../lab/routers/start.js';
import { addNode } from './bgp-cases.js';

const kinds = ['frr', 'bird'] as const;
const vip = '192.0.2.1/32';
const vip6 = '2001:db8::1/128';

/** Two nodes that announce the same addresses to two routers, and what becomes of the routers' kernels when one of them goes. */
for (const bfd of [undefined, { intervalMs: 300, multiplier: 3 }])
  describe(`two nodes behind FRR and BIRD, ${bfd === undefined ? 'without' : 'with'} BFD`, function () {
    this.timeout(90_000);
    let lab: Lab;
    const routers: Router[] = [];
    const monitors: RouteMonitor[] = [];
    let nodes: readonly [Host, Host];
    const speakers: BgpSpeaker[] = [];

    before(async function () {
      await requireRouters(this, ...kinds);
      lab = await openLab(bfd === undefined ? 'failures' : 'failuresbfd');
      nodes = [await addNode(lab, 'n1', 11), await addNode(lab, 'n2', 12)];
      for (const [i, kind] of kinds.entries()) {
        const host = await lab.addHost(kind, 1 + i);
        const neighbors = [{ at: { range: '10.77.0.0/24' }, as: 65_001, ...(bfd === undefined ? {} : { bfd }) }];
        routers.push(await startRouter(kind, lab.folder, host, { as: 65_000, neighbors }));
        monitors.push(await watchRoutes(host, [vip, vip6]));
      }
      for (const i of [0, 1] as const) speakers[i] = await speak(i);
      await atBoth([0, 1]);
    });
    after(() => lab?.close());

    async function speak(index: 0 | 1): Promise<BgpSpeaker> {
      const host = nodes[index];
      const speaker = await startBgpSpeaker(host, lab.folder, { bfd: bfd !== undefined });
      const session = {
        identifier: 0x0a4d_000b + index,
        holdTime: bfd === undefined ? 3 : 90,
      };
      const watched =
        bfd === undefined ? {} : { bfd: { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 } };
      const peers = routers.map(({ kind, host: { address } }) => peerOf(kind, address, { session, ...watched }));
      speaker.command(configuration(peers));
      speaker.routes([vip, vip6]);
      speaker.command({ type: 'complete' });
      for (const { kind } of routers) {
        await speaker.eventuallyTold(kind, 2);
        if (bfd !== undefined) await eventually(`BFD with ${kind}`, () => speaker.report(kind)?.bfd?.state === 'Up');
      }
      return speaker;
    }

    /** Waits until the routers' kernels send packets to these nodes, and to no other. */
    async function atBoth(indexes: readonly (0 | 1)[]): Promise<void> {
      const hosts = indexes.map((index) => nodes[index]);
      for (const router of routers) {
        await eventuallyGateways(
          router.host,
          vip,
          hosts.map(({ address }) => address),
        );
        await eventually(
          `as many ways to ${vip6}`,
          async () => (await gatewaysOf(router.host, vip6)).length === hosts.length,
        );
      }
    }

    /** Waits until the routers have heard all of the second node, and so forgotten what it did not say again. */
    async function saidAnew(): Promise<void> {
      for (const router of routers)
        await eventually(`${router.kind} to have heard all`, async () => {
          const path = (await router.paths(vip)).find(({ nextHop }) => nextHop === nodes[1].address);
          const neighbor = await neighborAt(router, nodes[1].address);
          return path !== undefined && path.stale !== true && neighbor?.received.ipv4 === 1;
        });
    }

    const eventTexts = () => monitors.flatMap(({ events }) => events.map(({ text }) => text));
    const forgetEvents = () => {
      for (const monitor of monitors) monitor.clear();
    };

    it('share the traffic of one address', async () => {
      await atBoth([0, 1]);
    });

    it('lose no way, and change no route, when an agent is started again', async () => {
      forgetEvents();
      const before = speakers[1]!;
      before.command({ type: 'leave', how: 'restart' });
      await eventually('the speaker to have left', () => before.events.some(({ type }) => type === 'left'));
      before.process.end();
      await before.process.exited;
      for (const router of routers)
        await eventually(`${router.kind} to see that the session is gone`, async () => {
          const neighbor = await neighborAt(router, nodes[1].address);
          return neighbor?.state !== 'Established';
        });
      for (const router of routers) {
        const path = (await router.paths(vip)).find(({ nextHop }) => nextHop === nodes[1].address);
        assert.ok(path, `${router.kind} keeps the route`);
        if (router.kind === 'frr') assert.equal(path.stale, true);
      }
      speakers[1] = await speak(1);
      await saidAnew();
      assert.deepEqual(eventTexts(), []);
    });

    it('change no route when an agent is killed and comes back soon', async function () {
      if (bfd !== undefined) this.skip(); // BFD is there to find out
      forgetEvents();
      const before = speakers[1]!;
      kill(before);
      await before.process.exited;
      speakers[1] = await speak(1);
      await saidAnew();
      assert.deepEqual(eventTexts(), []);
    });

    it('are watched after an agent is killed by BIRD, and kept by FRR, until the next one has said all', async function () {
      if (bfd === undefined) this.skip();
      forgetEvents();
      const [frr, bird] = routers as [Router, Router];
      const before = speakers[1]!;
      kill(before);
      const killedAt = performance.now();
      await before.process.exited;
      await eventuallyGateways(bird.host, vip, [nodes[0].address]);
      const took = performance.now() - killedAt;
      assert.ok(took < 2_000, `BIRD ended the routes ${took} ms after the agent`);
      // The kernel of the node forwards all the same, and FRR goes by that for as long as it was asked to.
      await eventually('FRR to hear nothing of BFD any more', async () => {
        const neighbor = await neighborAt(frr, nodes[1].address);
        return neighbor === undefined || neighbor.bfd !== 'Up';
      });
      const kept = (await frr.paths(vip)).find(({ nextHop }) => nextHop === nodes[1].address);
      assert.equal(kept?.stale, true);
      speakers[1] = await speak(1);
      await atBoth([0, 1]);
      await saidAnew();
      assert.deepEqual(
        monitors[0]!.events.map(({ text }) => text),
        [],
      );
    });

    it('withdraw at once what is announced no more', async () => {
      speakers[1]!.routes([], { remove: [vip, vip6] });
      await atBoth([0]);
      speakers[1]!.routes([vip, vip6]);
      await atBoth([0, 1]);
    });

    it('are left by their traffic while the routes still stand, when a node is drained', async function () {
      if (bfd !== undefined) this.skip(); // all the same
      speakers[1]!.command({ type: 'leave', how: 'drain', text: 'node n2 is drained' });
      for (const router of routers) {
        await eventuallyGateways(router.host, vip, [nodes[0].address]);
        const marked = (await router.paths(vip)).find(({ nextHop }) => nextHop === nodes[1].address);
        assert.deepEqual(marked?.communities, ['65535:0'], `${router.kind} still has the route, marked`);
      }
      await eventually('the speaker to have left', () => speakers[1]!.events.some(({ type }) => type === 'left'));
      for (const router of routers)
        await eventually(`${router.kind} to have no route of the node`, async () => {
          const left = (await router.paths(vip)).filter(({ nextHop }) => nextHop === nodes[1].address);
          return left.length === 0;
        });
      const lastError = (await neighborAt(routers[1]!, nodes[1].address))?.lastError;
      assert.ok(lastError === undefined || /shutdown/i.test(lastError), lastError);
      kill(speakers[1]!);
      await speakers[1]!.process.exited;
      speakers[1] = await speak(1);
      await atBoth([0, 1]);
    });

    it(`are found dead by ${bfd === undefined ? 'the hold time' : 'BFD'} when nothing is heard of one any more`, async () => {
      await nodes[1].cable.cutSilently();
      await atBoth([0]);
      await eventually('our side to say so', () =>
        routers.every(
          ({ kind }) =>
            speakers[1]!.report(kind)?.lastClose?.reason === (bfd === undefined ? 'hold-timer' : 'bfd-down'),
        ),
      );
      await nodes[1].cable.heal();
      await atBoth([0, 1]);
    });
  });

/** As the kernel ends a process. Nobody is told but those whose connections its kernel closes. */
function kill({ process }: BgpSpeaker): void {
  process.signal('SIGKILL');
}
