import { strict as assert } from 'node:assert';
import { existsSync, readdirSync } from 'node:fs';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { eventuallyGateways, watchRoutes } from '../lab/routers/kernel-routes.js';
import { requireRouters } from '../lab/routers/packages.js';
import { neighborAt, type Router, type RouterKind } from '../lab/routers/router.js';
import type { RouterSettings } from '../lab/routers/settings.js';
import { startRouter } from '../lab/routers/start.js';

const kinds = ['frr', 'bird', 'gobgp', 'openbgpd'] as const;
const vip = '192.0.2.1/32';
const vip6 = '2001:db8::1/128';

describe('routers of the lab', function () {
  this.timeout(60_000);
  let lab: Lab;
  const routers = new Map<RouterKind, Router>();
  const speakers: Router[] = [];
  let atFirst: readonly string[] = [];

  before(async function () {
    atFirst = ofRouters();
    await requireRouters(this, ...kinds);
    lab = await openLab('routers');
    const hosts: Host[] = [];
    for (const [i, kind] of kinds.entries()) hosts.push(await lab.addHost(kind, i + 1));
    const nodes = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)];
    await Promise.all(
      kinds.map(async (kind, i) => {
        routers.set(kind, await startRouter(kind, lab.folder, hosts[i]!, takesNodes(kind)));
      }),
    );
    for (const node of nodes) speakers.push(await startRouter('bird', lab.folder, node, speaks(hosts)));
  });
  after(() => lab?.close());

  const bfdOf = (kind: RouterKind) =>
    kind === 'frr' || kind === 'bird' ? { bfd: { intervalMs: 300, multiplier: 3 } } : {};

  function takesNodes(kind: RouterKind): RouterSettings {
    return { as: 65000, neighbors: [{ at: { range: '10.77.0.0/24' }, as: 65001, ...bfdOf(kind) }] };
  }

  function speaks(hosts: readonly Host[]): RouterSettings {
    const neighbors = hosts.map(({ address }, i) => ({ at: { address }, as: 65000, ...bfdOf(kinds[i]!) }));
    return { as: 65001, announces: [vip, vip6], neighbors };
  }

  for (const kind of kinds)
    it(`${kind} says who its neighbours are and what they announce`, async () => {
      const router = routers.get(kind)!;
      for (const address of ['10.77.0.11', '10.77.0.12'])
        await eventually(
          `${kind} to know ${address}`,
          async () => {
            const neighbor = await neighborAt(router, address);
            assert.equal(neighbor?.state, 'Established');
            assert.deepEqual(neighbor.received, { ipv4: 1, ipv6: 1 });
            assert.equal(neighbor.bfd, bfdOf(kind).bfd === undefined ? undefined : 'Up');
            return true;
          },
          { onTimeout: () => router.processes.map((each) => each.log()).join('\n') },
        );
      for (const [prefix, nextHops] of [
        [vip, ['10.77.0.11', '10.77.0.12']],
        [vip6, ['fd77::b', 'fd77::c']],
      ] as const) {
        const paths = await router.paths(prefix);
        assert.deepEqual(paths.map(({ nextHop }) => nextHop).toSorted(), nextHops);
        assert.deepEqual(paths.map(({ from }) => from).toSorted(), ['10.77.0.11', '10.77.0.12']);
        for (const { asPath, stale, communities } of paths) {
          assert.deepEqual({ asPath, communities }, { asPath: [65001], communities: [] });
          assert.notEqual(stale, true);
        }
      }
      assert.deepEqual(await router.paths('192.0.2.99/32'), []);
      assert.ok((await router.memory()) > 1e6);
    });

  it('frr and bird share the traffic in the kernel, and a monitor sees when a way goes', async () => {
    const watched = await Promise.all(
      (['frr', 'bird'] as const).map(async (kind) => {
        const { host } = routers.get(kind)!;
        await eventuallyGateways(host, vip, ['10.77.0.11', '10.77.0.12']);
        return { host, monitor: await watchRoutes(host, [vip]) };
      }),
    );
    assert.match(await speakers[1]!.ask('disable', '"peers*"'), /disabled/);
    for (const { host, monitor } of watched) {
      await eventuallyGateways(host, vip, ['10.77.0.11']);
      await eventually('an event', () => monitor.events.length > 0);
      assert.match(monitor.events.at(-1)?.text ?? '', /via 10\.77\.0\.11/);
      await monitor.stop();
    }
  });

  it('leave nothing behind on the machine', async () => {
    for (const router of [...routers.values(), ...speakers]) await router.stop();
    lab.close();
    assert.deepEqual(ofRouters(), atFirst);
  });
});

/** What routers have in the machine's own folders. */
function ofRouters(): readonly string[] {
  const folders = ['/run/frr', '/run/bird', '/run/openbgpd', '/var/tmp/frr'];
  return folders.filter(existsSync).flatMap((folder) => [folder, ...readdirSync(folder)]);
}
