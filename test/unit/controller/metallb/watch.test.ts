import assert from 'node:assert/strict';
import { type MetallbSource, watchMetallb } from '../../../../src/controller/metallb/watch.js';
import { eventually, turns } from '../../platform/kubernetes/eventually.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';
import { createServer } from './server.js';

const every = ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'bfdprofiles', 'communities', 'addresspools'];

describe("what is known of MetalLB's objects", () => {
  let sources: MetallbSource[];
  beforeEach(() => {
    sources = [];
  });
  afterEach(async () => {
    for (const source of sources) await source.stop();
  });

  function start(prepare: (server: ReturnType<typeof createServer>) => void = () => {}) {
    const server = createServer();
    server.kinds.set('v1beta1', [...every, 'bgppeers']);
    server.kinds.set('v1beta2', ['bgppeers']);
    prepare(server);
    const clock = createManualClock();
    let changes = 0;
    const logged: string[] = [];
    const log = { debug() {}, info() {}, warn: (text: string) => logged.push(text), error() {} };
    const source = watchMetallb(server.client, { namespace: 'ns', onChange: () => (changes += 1), log, clock });
    sources.push(source);
    const known = () => eventually('something known', () => source.known());
    const unread = async () => (await known()).unread.map(({ what, absent }) => `${what}${absent ? ' absent' : ''}`);
    const look = async () => {
      clock.advance(5_000);
      await turns();
    };
    return { server, source, known, unread, look, logged, changes: () => changes };
  }

  it('is everything where every kind can be read', async () => {
    const { source, unread } = start(({ objects }) => objects.set('bgppeers', [{ metadata: { name: 'a' } }]));
    assert.deepEqual(await unread(), []);
    assert.equal(source.problem(), undefined);
    assert.deepEqual(
      source.known()?.found.map(({ document }) => document.apiVersion),
      ['metallb.io/v1beta2'],
    );
  });

  it('is nothing yet while it is not clear whether a kind can be read', async () => {
    const { source, server } = start();
    assert.equal(source.known(), undefined);
    await eventually('asked', () => server.requests.length > 0);
  });

  it('lacks one kind that cannot be read, which is said, and has all others', async () => {
    const { source, unread, known, server, look, changes } = start((s) => {
      s.refusals.set('/namespaces/ns/bgppeers', 500);
      s.objects.set('ipaddresspools', [{ metadata: { name: 'lan' } }]);
    });
    assert.deepEqual(await unread(), ['BGPPeer']);
    assert.deepEqual(
      (await known()).found.map(({ document }) => document.metadata.name),
      ['lan'],
    );
    assert.match((await known()).unread[0]!.why, /^BGPPeers cannot be read: .*it says 500/);
    assert.match(source.problem() ?? '', /nothing heard of bgppeers .*it says 500/);
    assert.match(source.kinds().get('BGPPeer') ?? '', /it says 500/);
    assert.equal(source.kinds().get('IPAddressPool'), undefined);
    await look();
    const before = changes();
    await look();
    assert.equal(changes(), before, 'nothing new to say');
    server.refusals.clear();
    for (let tries = 0; tries < 20 && source.problem() !== undefined; tries += 1) await look();
    assert.deepEqual(await unread(), []);
    assert.equal(source.problem(), undefined);
  });

  it('comes from a version that can be read, where the preferred one needs a webhook that is gone', async () => {
    const { source, unread, known, look, server } = start((s) => {
      s.refusals.set('/apis/metallb.io/v1beta2/namespaces/ns/bgppeers', 500);
      s.objects.set('bgppeers', [{ metadata: { name: 'a' } }]);
    });
    assert.deepEqual(await unread(), ['BGPPeer']);
    const read = () => server.requests.filter((path) => path.endsWith('/v1beta1/namespaces/ns/bgppeers')).length;
    await look();
    assert.deepEqual(await unread(), []);
    for (let tries = 0; tries < 4; tries += 1) await look();
    assert.equal((await known()).found[0]?.document.apiVersion, 'metallb.io/v1beta1');
    assert.equal(source.problem(), undefined);
    assert.equal(read(), 1, 'it stays there');
  });

  it('says the same of a kind as long as it cannot be read, though the error changes', async () => {
    const { known, server, look } = start((s) => s.refusals.set('/namespaces/ns/bgppeers', 500));
    const first = (await known()).unread;
    server.refusals.set('/namespaces/ns/bgppeers', 503);
    for (let tries = 0; tries < 8; tries += 1) await look();
    assert.deepEqual((await known()).unread, first);
  });

  it('tells kinds that the server does not have, and takes them up when they come', async () => {
    const { unread, server, look, changes } = start(({ kinds }) => kinds.clear());
    assert.deepEqual(
      (await unread()).filter((each) => !each.endsWith(' absent')),
      [],
    );
    assert.equal((await unread()).length, 7);
    const before = changes();
    server.kinds.set('v1beta1', every);
    await look();
    assert.deepEqual(await unread(), ['BGPPeer absent']);
    assert.ok(changes() > before);
  });

  it('comes from the preferred version as soon as there is that, and from another where it is no more', async () => {
    const { known, server, look } = start((s) => {
      s.kinds.delete('v1beta2');
      s.objects.set('bgppeers', [{ metadata: { name: 'a' } }]);
    });
    const versions = async () => (await known()).found.map(({ document }) => document.apiVersion);
    assert.deepEqual(await versions(), ['metallb.io/v1beta1']);
    server.kinds.set('v1beta2', ['bgppeers']);
    await look();
    assert.deepEqual(await versions(), ['metallb.io/v1beta2']);
    server.kinds.delete('v1beta2');
    await look();
    assert.deepEqual(await versions(), ['metallb.io/v1beta2'], 'it may come back in a moment');
    server.endWatches();
    for (let tries = 0; tries < 5; tries += 1) await look();
    assert.deepEqual(await versions(), ['metallb.io/v1beta1']);
  });

  it('says once per outage that the kinds cannot be found out', async () => {
    const { source, server, look, logged } = start(({ refusals }) => refusals.set('/apis/metallb.io/v1beta1', 503));
    const about = () => logged.filter((text) => /which of MetalLB's kinds/.test(text)).length;
    await eventually('said', about);
    for (let tries = 0; tries < 5; tries += 1) await look();
    assert.equal(about(), 1);
    assert.equal(source.known(), undefined);
    assert.match(source.problem() ?? '', /it says 503/);
    server.refusals.clear();
    await look();
    assert.equal(source.problem(), undefined);
    server.refusals.set('/apis/metallb.io/v1beta1', 503);
    await look();
    assert.equal(about(), 2);
  });
});
