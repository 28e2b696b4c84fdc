import { strict as assert } from 'node:assert';
import type { PeerReport } from '../../src/agent/engine/routing/contract.js';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { eventuallyGateways, watchRoutes } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { neighborAt, type Router } from '../lab/routers/router.js';
import type { NeighborSettings } from '../lab/routers/settings.js';
import { startRouter } from '../lab/routers/start.js';

const timing = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };

for (const kind of ['frr', 'bird'] as const)
  describe(`our BGP speaker and ${kind}`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let host: Host;
    let router: Router;
    let node: Host;
    let speaker: BgpSpeaker;
    let vip: string;

    /** Neighbours of the router by the last number of their addresses. */
    const neighbors: Readonly<Record<number, Partial<NeighborSettings>>> = {
      11: {},
      12: { bfd: { intervalMs: 300, multiplier: 3 } },
      13: { password: 'a-secret' },
      14: { ttlSecurity: true },
      15: { as: 65009 },
      16: {},
    };

    before(async function () {
      await requireRouters(this, kind);
      lab = await openLab(`speak${kind}`);
      host = await lab.addHost('r', 1);
      const own = Object.entries(neighbors).map(([n, settings]) => ({
        at: { address: `10.77.0.${n}` },
        as: 65001,
        ...settings,
      }));
      const six = { at: { address: 'fd77::b' }, as: 65001 } as const;
      router = await startRouter(kind, lab.folder, host, { as: 65000, neighbors: [...own, six] });
    });
    after(() => lab?.close());

    /** A test with a node of its own: the router knows it by the last number of its address. */
    const onNode = (number: number, title: string, test: () => Promise<void>) =>
      it(title, async () => {
        vip = `192.0.2.${number}/32`;
        node = await lab.addHost(`n${number}`, number);
        speaker = await startBgpSpeaker(node, lab.folder, { bfd: neighbors[number]!.bfd !== undefined });
        try {
          await test();
        } catch (error) {
          const seen = speaker.events.map((each) =>
            JSON.stringify(each.type === 'peer' ? shownReport(each.report) : each),
          );
          throw new Error(`what the speaker said:\n${seen.join('\n')}`, { cause: error });
        } finally {
          speaker.process.signal('SIGKILL');
          await speaker.process.exited;
        }
      });

    /** Has the node's speaker tell the router of this address. */
    const speak = (changes: Parameters<typeof peerOf>[2] = {}, listen = {}) => {
      speaker.command(configuration([peerOf('r', host.address, changes)], listen));
      speaker.routes([vip]);
      speaker.command({ type: 'complete' });
    };
    const eventuallyProblem = (reason: string) =>
      eventually(`${reason} to be reported`, () => speaker.report('r')?.problem?.reason === reason, {
        onTimeout: () => JSON.stringify(speaker.report('r')),
      });

    onNode(
      11,
      'exchange routes of both families, change them without a change of the session, and part after a drain',
      async () => {
        const vip6 = '2001:db8::1/128';
        const six = peerOf('r6', host.address6, { session: { families: [6] } });
        speaker.command(configuration([peerOf('r', host.address, { session: { families: [4] } }), six]));
        speaker.routes([vip, vip6]);
        speaker.command({ type: 'complete' });
        await eventuallyGateways(host, vip, [node.address]);
        await eventuallyGateways(host, vip6, [node.address6]);
        const { establishedCount } = await speaker.eventuallyTold('r', 1);
        for (let i = 0; i < 500; i++)
          speaker.routes([`198.51.100.${i % 200}/32`], { remove: [`198.51.100.${(i + 100) % 200}/32`] });
        speaker.routes(['198.51.100.250/32']);
        await eventuallyGateways(host, '198.51.100.250/32', [node.address]);
        assert.equal(speaker.report('r')!.establishedCount, establishedCount);

        speaker.command({ type: 'leave', how: 'drain', text: 'node drain' });
        await eventually('the router to be told that the routes will go', async () =>
          (await router.paths(vip)).some(({ communities }) => communities.includes('65535:0')),
        );
        await eventually('the routers to be left', () => speaker.events.some(({ type }) => type === 'left'));
        await eventuallyGateways(host, vip, []);
        const neighbor = await neighborAt(router, node.address);
        assert.notEqual(neighbor?.state, 'Established');
        assert.equal(speaker.report('r')?.lastClose?.text, 'node drain');
      },
    );

    onNode(12, 'survive a restart of ours without a change of any route, though BFD watches', async () => {
      speak({ bfd: timing });
      await speaker.eventuallyTold('r', 1);
      await eventually('BFD to be up', () => speaker.report('r')?.bfd?.state === 'Up');
      await eventuallyGateways(host, vip, [node.address]);
      const monitor = await watchRoutes(host, [vip]);
      speaker.command({ type: 'leave', how: 'restart' });
      await eventually('the router to be left', () => speaker.events.some(({ type }) => type === 'left'));
      speaker.process.end();
      await speaker.process.exited;
      speaker = await startBgpSpeaker(node, lab.folder, { bfd: true });
      speak({ bfd: timing });
      await speaker.eventuallyTold('r', 1);
      await eventually('BFD to be up again', () => speaker.report('r')?.bfd?.state === 'Up');
      await eventually('BFD to be fast again', () => speaker.report('r')?.bfd?.detection === 900_000);
      assert.deepEqual(monitor.events, []);

      await node.cable.cutSilently();
      const cutAt = performance.now();
      await eventually('our end to notice', () => speaker.report('r')?.state !== 'Established');
      assert.equal(speaker.report('r')?.lastClose?.reason, 'bfd-down');
      await eventuallyGateways(host, vip, []);
      assert.ok(performance.now() - cutAt < 2000);
      await node.cable.heal();
    });

    onNode(13, 'sign what they say, and without the right password hear nothing of each other', async () => {
      // The kernel gives an attempt up after the hold time.
      speak({ password: 'secret:another', session: { holdTime: 3 } });
      await eventuallyProblem('NoAnswer');
      speak({ password: 'secret:a-secret' });
      await speaker.eventuallyTold('r', 1);
      await eventuallyGateways(host, vip, [node.address]);
      speak({ password: 'secret:a-secret', session: { passive: true } }, { listenPort: 179 });
      await eventually('the router to connect', () => speaker.report('r')?.establishedCount === 2);
      await eventuallyGateways(host, vip, [node.address]);
      const said = JSON.stringify(speaker.events);
      assert.ok(!said.includes('a-secret') && !said.includes('another'));
    });

    onNode(14, 'take nothing from farther away than the same link', async () => {
      speak({ ttlSecurity: true });
      await speaker.eventuallyTold('r', 1);
      await eventuallyGateways(host, vip, [node.address]);
    });

    onNode(15, 'say whose AS is wrong', async () => {
      speak();
      await eventuallyProblem('WrongLocalAs');
      speak({ session: { peerAs: 65007, localAs: 65009 } });
      await eventuallyProblem('WrongPeerAs');
      assert.match(speaker.report('r')!.problem!.message, /AS 65000, not AS 65007/);
      speak({ session: { peerAs: 'external', localAs: 65009 } });
      await speaker.eventuallyTold('r', 1);
    });

    onNode(16, 'meet on a connection that the router makes', async () => {
      speak({ session: { passive: true } }, { listenPort: 179 });
      await speaker.eventuallyTold('r', 1);
      await eventuallyGateways(host, vip, [node.address]);
    });
  });

function shownReport({ since, state, lastClose, problem, bfd, prefixesSent }: PeerReport): object {
  return { since: new Date(since), state, lastClose, problem: problem?.reason, bfd, prefixesSent };
}
