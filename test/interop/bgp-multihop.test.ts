import assert from 'node:assert/strict';
import { type BgpSpeaker, configuration, peerOf, startBgpSpeaker } from '../lab/bgp-speaker.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { requireRouters } from '../lab/routers/packages.js';
import { neighborAt, type Router } from '../lab/routers/router.js';
import { startRouter } from '../lab/routers/start.js';
import { addNode } from './bgp-cases.js';

const kinds = ['frr', 'bird'] as const;
const bfd = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };
const ours = '10.99.0.11';
const vip = '192.0.2.1/32';

/** Each end has an address that the other reaches through a host in the middle, which forwards: packets lose one hop of their TTL there. */
describe('our BGP speaker and BFD with routers that are farther away than the link', function () {
  this.timeout(60_000);
  let lab: Lab;
  let middle: Host;
  let speaker: BgpSpeaker;
  const routers: (Router & { readonly far: string })[] = [];

  before(async function () {
    await requireRouters(this, ...kinds);
    lab = await openLab('multihop');
    middle = await lab.addHost('middle', 9);
    await forward(true);
    await middle.run('sysctl', ['-qw', 'net.ipv4.conf.all.send_redirects=0', 'net.ipv4.conf.eth0.send_redirects=0']);
    const node = await addNode(lab, 'node', 11);
    await beyond(node, ours);
    for (const [i, kind] of kinds.entries()) {
      const host = await lab.addHost(kind, 1 + i);
      const far = `10.99.0.${1 + i}`;
      await beyond(host, far);
      await host.run('ip', ['route', 'add', ours, 'via', middle.address]);
      await node.run('ip', ['route', 'add', far, 'via', middle.address]);
      const neighbor = { at: { address: ours }, as: 65_001, bfd: { intervalMs: 300, multiplier: 3 } };
      const multihop = { hops: 2, source: far };
      const router = await startRouter(kind, lab.folder, host, { as: 65_000, neighbors: [{ ...neighbor, multihop }] });
      routers.push({ ...router, far });
    }
    speaker = await startBgpSpeaker(node, lab.folder, { bfd: true });
    const changes = {
      hops: 2,
      sourceAddress: `ip:${ours}`,
      bfd,
      bfdHops: 'many',
      session: { families: [4], holdTime: 90 },
    };
    speaker.command(configuration(routers.map(({ kind, far }) => peerOf(kind, far, changes))));
    speaker.routes([vip]);
    speaker.command({ type: 'complete' });
  });
  after(() => lab?.close());

  async function beyond(host: Host, address: string): Promise<void> {
    await host.run('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    await middle.run('ip', ['route', 'add', address, 'via', host.address]);
  }

  async function forward(wanted: boolean): Promise<void> {
    await middle.run('sysctl', ['-qw', `net.ipv4.ip_forward=${wanted ? 1 : 0}`]);
  }

  const bothUp = async ({ kind }: Router) => {
    await eventually(`BFD with ${kind} here`, () => speaker.report(kind)?.bfd?.state === 'Up', {
      onTimeout: () => JSON.stringify(speaker.report(kind)),
    });
  };

  for (const [i, kind] of kinds.entries())
    it(`come up with ${kind}, BGP and BFD (RFC 5883) on both sides`, async () => {
      const router = routers[i]!;
      await speaker.eventuallyTold(kind, 1);
      await bothUp(router);
      await eventually(`${kind} to say so`, async () => {
        const neighbor = await neighborAt(router, ours);
        return neighbor?.state === 'Established' && neighbor.bfd === 'Up' && neighbor.received.ipv4 === 1;
      });
      assert.equal(speaker.report(kind)?.problem, undefined);
    });

  it('are found dead by BFD when nothing is forwarded any more, and come back', async () => {
    for (const router of routers) await bothUp(router);
    await forward(false);
    const cutAt = performance.now();
    for (const { kind } of routers)
      await eventually(`the end with ${kind}`, () => speaker.report(kind)?.lastClose?.reason === 'bfd-down');
    assert.ok(performance.now() - cutAt < 2_000, `${performance.now() - cutAt} ms`);
    await forward(true);
    for (const router of routers) {
      await speaker.eventuallyTold(router.kind, 1);
      await bothUp(router);
    }
  });
});
