import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { eventuallyGateways } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { startRouter } from '../lab/routers/start.js';

const vip = '192.0.2.1/32';

for (const kind of ['frr', 'bird'] as const)
  describe(`our BGP speaker and ${kind}`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let host: Host;
    let node: Host;
    let speaker: BgpSpeaker;

    before(async function () {
      await requireRouters(this, kind);
      lab = await openLab(`speak${kind}`);
      host = await lab.addHost('r', 1);
      node = await lab.addHost('n1', 11);
      await startRouter(kind, lab.folder, host, {
        as: 65000,
        neighbors: [{ at: { range: '10.77.0.0/24' }, as: 65001 }],
      });
      speaker = await startBgpSpeaker(node, lab.folder);
    });
    after(() => lab?.close());

    it('are Established, and the routes are in the kernel of the router', async () => {
      speaker.command(configuration([peerOf('r', host.address)]));
      speaker.routes([vip]);
      speaker.command({ type: 'complete' });
      await speaker.eventuallyTold('r', 1);
      await eventuallyGateways(host, vip, [node.address]);
    });
  });
