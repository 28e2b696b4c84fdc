import assert from 'node:assert/strict';
import type { BgpObjects } from '../../../../src/agent/sources/bgp-source.js';
import { watchKubernetesBgp } from '../../../../src/agent/sources/kubernetes-bgp.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { newReach } from '../../../../src/platform/kubernetes/reach.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly spec: object;
}

/** A server with some objects, whose watches bring what the test sends. */
interface FakeServer {
  readonly client: ApiClient;
  readonly objects: { [plural: string]: Stored[] };
  readonly secrets: Map<string, unknown>;
  /** Paths that were listed, with their selectors, and Secrets that were read. */
  readonly asked: string[];
  send(plural: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Stored): void;
}

function fakeServer(): FakeServer {
  const lines = new Map<string, (line: string) => void>();
  const server: Omit<FakeServer, 'client'> = {
    objects: {},
    secrets: new Map(),
    asked: [],
    send: (plural, type, object) => lines.get(plural)!(JSON.stringify({ type, object })),
  };
  const pluralOf = (path: string) => path.split('/').at(-1)!;
  const client = {
    async request({ path, query }: { path: string; query: { fieldSelector?: string } }) {
      server.asked.push([pluralOf(path), query.fieldSelector].filter(Boolean).join(' '));
      return { metadata: { resourceVersion: '1' }, items: server.objects[pluralOf(path)] ?? [] };
    },
    async get(_: unknown, key: string) {
      server.asked.push(`secret ${key}`);
      return server.secrets.get(key);
    },
    reach: newReach(),
    watch(
      path: string,
      _: object,
      onLine: (line: string) => void,
      o: { readonly onOpen: () => void; readonly signal: AbortSignal },
    ) {
      o.onOpen();
      lines.set(pluralOf(path), onLine);
      return new Promise<void>((resolve) => o.signal.addEventListener('abort', () => resolve()));
    },
  };
  return { ...server, client: client as unknown as ApiClient };
}

let version = 10;
const stored = (name: string, spec: object, o: object = {}): Stored => ({
  metadata: { name, uid: name, resourceVersion: String(version++), ...o },
  spec,
});
const conf = (spec: object = { as: 64_512 }) => stored('default', spec);
const router = { neighborAddress: '192.0.2.1', peerAs: 64_513 };
const node = (labels: object = {}, o: object = {}) => ({
  ...stored('n1', o, { labels }),
  status: { addresses: [{ type: 'InternalIP', address: '192.0.2.11' }] },
});

describe('BGP from the API server', () => {
  let server: FakeServer;
  let clock: ManualClock;
  let told: BgpObjects[];
  let source: ReturnType<typeof watchKubernetesBgp>;

  beforeEach(() => {
    server = fakeServer();
    clock = createManualClock();
    told = [];
  });
  afterEach(() => source.stop());

  const settle = async () => {
    for (let i = 0; i < 12; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const start = async (objects: { [plural: string]: Stored[] } = {}) => {
    Object.assign(server.objects, objects);
    const onObjects = (each: BgpObjects) => void told.push(each);
    source = watchKubernetesBgp({
      client: server.client,
      node: 'n1',
      namespace: 'ns',
      onObjects,
      log: silentLogger(),
      clock,
    });
    await settle();
  };
  const send = async (...args: Parameters<FakeServer['send']>) => {
    server.send(...args);
    await settle();
  };
  const peers = () => [...told.at(-1)!.peers.keys()];

  it('without a BgpPeer asks for no node and no Secret, and is all there is at once', async () => {
    await start();
    await source.synced;
    assert.deepEqual(server.asked, ['bgpconfs metadata.name=default', 'bgppeers']);
    assert.equal(told.length, 1);
    assert.deepEqual([told[0]!.conf, told[0]!.node], [undefined, { name: 'n1', labels: {}, internalIps: [] }]);
  });

  it('is told once it has all: the BgpConf, the BgpPeers, and this node', async () => {
    await start({ bgpconfs: [conf()], bgppeers: [stored('tor', { conf: router })], nodes: [node({ rack: 'a' })] });
    await source.synced;
    assert.ok(server.asked.includes('nodes metadata.name=n1'));
    const [{ conf: found, node: view, secretsIn }] = told as [BgpObjects];
    assert.deepEqual([found!.spec.as, peers()], [64_512, ['tor']]);
    assert.deepEqual([view.labels, view.internalIps], [{ rack: 'a' }, ['192.0.2.11']]);
    assert.equal(secretsIn, 'namespace ns');
  });

  it('is told of each change of a spec, and of none of a status', async () => {
    const before = stored('tor', { conf: router });
    await start({ bgpconfs: [conf()], bgppeers: [before], nodes: [node()] });
    const first = told.length;
    await send('bgppeers', 'MODIFIED', { ...stored('tor', before.spec), status: { nodes: [] } } as Stored);
    assert.equal(told.length, first);
    assert.deepEqual(source.latestPeer('tor')?.status, { nodes: [] });
    await send('bgppeers', 'ADDED', stored('second', { conf: { ...router, neighborAddress: '192.0.2.2' } }));
    await send('bgppeers', 'DELETED', stored('tor', before.spec));
    assert.deepEqual([told.length, peers()], [first + 2, ['second']]);
    await send('bgpconfs', 'MODIFIED', conf({ as: 64_999 }));
    assert.equal(told.at(-1)!.conf!.spec.as, 64_999);
  });

  it('is told that the node is cordoned, but not each time that the kubelet writes it', async () => {
    await start({ bgppeers: [stored('tor', { conf: router })], nodes: [node()] });
    const first = told.length;
    await send('nodes', 'MODIFIED', node());
    assert.equal(told.length, first);
    await send('nodes', 'MODIFIED', node({}, { unschedulable: true }));
    assert.deepEqual([told.length, told.at(-1)!.node.leaving], [first + 1, 'Cordoned']);
  });

  it('goes on with what an object said before when it is spoilt, and says which and why', async () => {
    await start({ bgpconfs: [conf()], bgppeers: [stored('tor', { conf: router })], nodes: [node()] });
    await send('bgppeers', 'MODIFIED', stored('tor', { conf: { ...router, peerAs: 0 } }));
    assert.equal(told.at(-1)!.peers.get('tor')!.spec.conf!.peerAs, 64_513);
    assert.match(source.refused().join(), /BgpPeer tor is refused, what it said before goes on: spec\.conf\.peerAs/);
    await send('bgpconfs', 'MODIFIED', conf({ as: 0 }));
    assert.equal(told.at(-1)!.conf!.spec.as, 64_512);
    assert.match(told.at(-1)!.confProblem!, /spec\.as/);
    await send('bgppeers', 'MODIFIED', stored('tor', { conf: router }));
    await send('bgpconfs', 'MODIFIED', conf());
    assert.deepEqual([source.refused(), told.at(-1)!.confProblem], [[], undefined]);
  });

  it('leaves out a BgpPeer that was never right, and has the others', async () => {
    const wrong = stored('wrong', { conf: { neighborAddress: 'nowhere', peerAs: 1 } });
    await start({ bgppeers: [wrong, stored('tor', { conf: router })], nodes: [node()] });
    assert.deepEqual(peers(), ['tor']);
    assert.match(source.refused().join(), /BgpPeer wrong .*spec\.conf\.neighborAddress/);
  });

  it('reads the Secrets that BgpPeers name in the namespace of the agents, and tells of them when they are known', async () => {
    const password = 'YS1zZWNyZXQ=';
    const spec = { conf: { ...router, passwordSecret: { name: 's' } } };
    await start({ bgppeers: [stored('tor', spec)], nodes: [node()] });
    assert.ok(server.asked.includes('secret ns/s'));
    assert.equal(told.at(-1)!.secret('s'), 'absent');
    server.secrets.set('ns/s', { data: { password } });
    clock.advance(3_000);
    await settle();
    assert.deepEqual(told.at(-1)!.secret('s'), { data: { password } });
    assert.deepEqual(told.at(-1)!.secret('another'), undefined);
  });

  it('reads a Secret again soon when its session is doubted', async () => {
    server.secrets.set('ns/s', { data: { password: 'YQ==' } });
    await start({ bgppeers: [stored('tor', { conf: { ...router, passwordSecret: { name: 's' } } })], nodes: [node()] });
    server.secrets.set('ns/s', { data: { password: 'Yg==' } });
    told.at(-1)!.doubtSecret!('s');
    clock.advance(3_000);
    await settle();
    assert.deepEqual(told.at(-1)!.secret('s'), { data: { password: 'Yg==' } });
  });

  it('tells nothing after it was stopped', async () => {
    await start();
    await source.stop();
    server.send('bgpconfs', 'ADDED', conf());
    await settle();
    assert.equal(told.length, 1);
  });

  for (const [claim, wrong] of [
    ['null where there could be a time of its deletion', { metadata: { deletionTimestamp: null } }],
    ['a number there', { metadata: { deletionTimestamp: 7 } }],
    ['labels that are none', { metadata: { labels: 'rack=a' } }],
    [
      'a label that is no text',
      { metadata: { labels: { rack: 7, 'node.kubernetes.io/exclude-from-external-load-balancers': {} } } },
    ],
    ['null labels', { metadata: { labels: null } }],
    ['addresses that are none', { status: { addresses: 'x' } }],
    ['an address that is none', { status: { addresses: [{ type: 'InternalIP', address: 7 }, null] } }],
    ['no status', { status: null }],
    ['a cordon that is none', { spec: { unschedulable: 'yes' } }],
  ] as const) {
    it(`takes of a Node with ${claim} what can be read, and lets no session go for it`, async () => {
      const right = node({ rack: 'a' });
      const spoilt = (resourceVersion: string) => ({
        ...right,
        ...wrong,
        metadata: { ...right.metadata, ...('metadata' in wrong ? wrong.metadata : {}), resourceVersion },
      });
      await start({
        bgpconfs: [conf()],
        bgppeers: [stored('tor', { conf: router })],
        nodes: [spoilt('900') as never],
      });
      const [first] = told;
      assert.equal(first?.node.leaving, undefined);
      assert.ok(Object.values(first!.node.labels).every((label) => typeof label === 'string'));
      assert.ok(first!.node.internalIps.every((ip) => typeof ip === 'string'));
      await send('nodes', 'MODIFIED', { ...right, metadata: { ...right.metadata, resourceVersion: '901' } });
      const before = told.at(-1)!.node;
      assert.deepEqual([before.labels, before.internalIps], [{ rack: 'a' }, ['192.0.2.11']]);
      await send('nodes', 'MODIFIED', spoilt('902') as never);
      assert.equal(told.at(-1)!.node.leaving, undefined);
      if (!claim.startsWith('null') && !claim.startsWith('no ')) assert.deepEqual(told.at(-1)!.node, before);
    });
  }
});
