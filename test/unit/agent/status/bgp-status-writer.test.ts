import assert from 'node:assert/strict';
import type { GroupView, PeerView } from '../../../../src/agent/bgp/views.js';
import type { PeerReport } from '../../../../src/agent/engine/routing/contract.js';
import { type BgpStatusWriter, createBgpStatusWriter } from '../../../../src/agent/status/bgp-status-writer.js';
import type { BgpPeer } from '../../../../src/api/bgp-peer.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';
import { peer, plan } from '../bgp/given.js';

describe('the writer of BGP statuses', () => {
  let clock: ManualClock;
  let written: { key: string; status: Record<string, unknown> | undefined; manager: string }[];
  let peers: PeerView[];
  let group: GroupView | undefined;
  let shown: BgpPeer | undefined;
  let writer: BgpStatusWriter;

  beforeEach(() => {
    clock = createManualClock();
    written = [];
    peers = [view()];
    group = undefined;
    shown = undefined;
    const apply = async (
      { plural }: { plural: string },
      name: string,
      body: { status?: Record<string, unknown> },
      { fieldManager }: { fieldManager: string },
    ) => {
      written.push({ key: `${plural}/${name}`, status: body.status, manager: fieldManager });
    };
    writer = createBgpStatusWriter({
      client: { apply } as unknown as ApiClient,
      node: 'n1',
      bgp: {
        peers: () => peers,
        local: () => undefined,
        groupNames: () => (group === undefined ? [] : ['web']),
        group: () => group,
      },
      latest: { peer: () => shown, conf: () => undefined, group: () => undefined },
      log: silentLogger(),
      clock,
    });
  });
  afterEach(() => writer.close());

  const { local, peers: planned } = plan({ peers: [peer('tor')] });
  function view(o: Partial<PeerReport> = {}): PeerView {
    const report = { peer: 'tor', state: 'Active', since: 0, prefixesSent: 0, establishedCount: 0, ...o } as const;
    return { name: 'tor', local, planned: planned.get('tor')!, report, problem: undefined };
  }
  const settle = async () => {
    for (let i = 0; i < 20; i += 1) await new Promise(setImmediate);
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  const change = async (o: Partial<PeerReport>) => {
    peers = [view(o)];
    writer.changed();
    await pass(200);
  };
  const states = () =>
    written.splice(0).map(({ status }) => (status?.nodes as { state: string }[] | undefined)?.[0]?.state ?? 'nothing');

  it('writes its own part under a manager of its own, several changes as one', async () => {
    peers = [view({ state: 'OpenSent' })];
    writer.changed();
    peers = [view({ state: 'Established' })];
    writer.changed();
    await pass(200);
    assert.deepEqual(
      written.map(({ key, manager }) => [key, manager]),
      [['bgppeers/tor', 'openelb-agent-bgp-n1']],
    );
    assert.deepEqual(states(), ['Established']);
  });

  it('writes nothing when nothing has changed', async () => {
    await change({});
    written = [];
    writer.changed();
    await pass(200);
    assert.deepEqual(written, []);
  });

  it('writes a session that flaps once a second at most, and how it ended up', async () => {
    await change({ state: 'Active' });
    for (let i = 0; i < 4; i += 1) await change({ state: i % 2 === 0 ? 'Established' : 'Idle', since: i });
    await pass(1_000);
    assert.deepEqual(states(), ['Active', 'Idle']);
  });

  it('takes how many routes a router was told for no reason to write, but once a minute', async () => {
    await change({ prefixesSent: 1 });
    written = [];
    for (let i = 2; i < 20; i += 1) await change({ prefixesSent: i });
    assert.equal(written.length, 0);
    await pass(60_000);
    assert.equal(written.length, 1);
  });

  it('takes back its part of a BgpPeer that concerns the node no more', async () => {
    await change({});
    written = [];
    peers = [];
    writer.changed();
    await pass(1_200);
    assert.deepEqual(
      written.map(({ key, status }) => [key, status]),
      [['bgppeers/tor', undefined]],
    );
  });

  it('writes again what somebody else has changed', async () => {
    await change({ state: 'Established' });
    written = [];
    shown = { ...peer('tor'), status: { nodes: [{ node: 'n1', state: 'Lost' }] } };
    await pass(4_000);
    assert.deepEqual(states(), ['Established']);
  });

  it('writes how many routers were told the addresses of a group, and since when that is so', async () => {
    group = { state: 'Announcing', routers: 1, routersWanted: 1, message: undefined };
    writer.changed();
    await pass(200);
    const { status } = written.find(({ key }) => key === 'vipgroups/web')!;
    assert.deepEqual(status, {
      members: [{ node: 'n1', state: 'Announcing', since: '2026-01-02T03:04:05Z', routers: 1, routersWanted: 1 }],
    });
  });
});
