import { strict as assert } from 'node:assert';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { kernelRoutes } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { startRouter } from '../lab/routers/start.js';

const vip = '192.0.2.1/32';

describe('our BGP speaker and routers whose addresses it must find', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let node: Host;
  let speaker: BgpSpeaker;

  before(async function () {
    await requireRouters(this, 'frr');
    lab = await openLab('find');
    host = await lab.addHost('r', 1);
    node = await lab.addHost('n1', 11);
    await startRouter('frr', lab.folder, host, {
      as: 65000,
      neighbors: [
        { at: { interface: 'eth0' }, as: 'external', extendedNextHop: true },
        { at: { address: '10.77.0.11' }, as: 65001 },
      ],
    });
    speaker = await startBgpSpeaker(node, lab.folder);
    speaker.command({ type: 'complete' });
    speaker.routes([vip]);
  });
  after(() => lab?.close());

  it('meet FRR by its router advertisements, and give IPv4 routes an IPv6 next hop', async () => {
    const unnumbered = peerOf('r', '', {
      location: { interface: 'eth0' },
      session: { peerAs: 'external', extendedNextHop: true },
    });
    speaker.command(configuration([unnumbered]));
    const report = await speaker.eventuallyTold('r', 1);
    assert.match(report.address!, /^fe80::/);
    assert.equal(report.problem, undefined);
    await eventually('the route in the kernel of the router', async () => {
      const route = (await kernelRoutes(host)).find(({ prefix }) => prefix === vip);
      return route?.gateways.every((gateway) => gateway === report.localAddress);
    });
    speaker.command(configuration([]));
    speaker.command({ type: 'leave', how: 'at-once', text: '' });
  });

  it('follow the default route', async () => {
    speaker.command(configuration([peerOf('g', '', { location: { defaultGateway: 4 }, session: { families: [4] } })]));
    await eventually('to say what is missing', () => speaker.report('g')?.problem?.reason === 'NoDefaultGateway');
    await node.run('ip', ['route', 'add', 'default', 'via', host.address]);
    const report = await speaker.eventuallyTold('g', 1);
    assert.equal(report.address, host.address);
  });
});
