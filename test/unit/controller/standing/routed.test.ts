import assert from 'node:assert/strict';
import type { BgpPeer } from '../../../../src/api/bgp-peer.js';
import type { Silence } from '../../../../src/api/silent-agents.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import type { Routing } from '../../../../src/controller/routers/routing-fault.js';
import type { Judgement } from '../../../../src/controller/standing/contract.js';
import { electionMs, standingOf, standingOfAddress } from '../../../../src/controller/standing/standing.js';

const [a, b] = ['198.51.100.1', '198.51.100.2'];
const nodes = ['n1', 'n2'].map((name) => ({ metadata: { name } }));
const peer: BgpPeer = { metadata: { name: 'tor' }, spec: { conf: { neighborAddress: '192.0.2.254', peerAs: 1 } } };
const routing: Routing = { conf: { metadata: { name: 'default' }, spec: { as: 2 } }, otherConfs: [], peers: [peer] };
const group = (status: VipGroup['status'] = {}, spec: Partial<VipGroup['spec']> = {}): VipGroup => ({
  metadata: { name: 'wan-0' },
  spec: {
    protocol: 'bgp',
    addresses: [a, b],
    members: nodes.map(({ metadata }) => ({ node: metadata.name, priority: 100 })),
    ...spec,
  },
  status,
});
const judgement = (o: Partial<Judgement> & { silent?: readonly string[] } = {}): Judgement => ({
  silence: (name): Silence | undefined =>
    o.silent?.includes(name) ? { reason: 'NoHeartbeat', sinceMs: Date.UTC(2026, 0, 1) } : undefined,
  settled: true,
  rules: () => ({ eip: { metadata: { name: 'wan' }, spec: { address: a } }, nodes }),
  routing: () => routing,
  ...o,
});
const says = (node: string, state: 'Announcing' | 'Idle' | 'Draining' | 'Lost', o: object = {}) => ({
  node,
  state,
  ...o,
});
const told = { by: 'nodes', nodes: ['n1', 'n2'], of: 2, routers: { least: 1, most: 2 } };

describe('who has told routers of a group', () => {
  it('is every member that says so, and how many routers', () => {
    const members = [says('n2', 'Announcing', { routers: 2 }), says('n1', 'Announcing', { routers: 1 })];
    assert.deepEqual(standingOf(group({ members }), judgement()), told);
  });

  it('is nobody by the word of an agent that is silent, of a node that goes, or of one that is no member', () => {
    const members = [says('n1', 'Announcing'), says('n2', 'Draining'), says('n3', 'Announcing')];
    const standing = standingOf(group({ members }), judgement({ silent: ['n1'] }));
    assert.equal(standing.by, 'unknown');
  });

  it('is nobody while there is no router that it could be, whatever else is the matter', () => {
    const none = standingOf(
      group(),
      judgement({ routing: () => ({ ...routing, conf: undefined, otherConfs: ['mine'] }) }),
    );
    assert.deepEqual([none.by, 'reason' in none && none.reason], ['nobody', 'NoBgpConf']);
    assert.match(
      'message' in none ? none.message : '',
      /no BgpConf of the name default: mine has another name: make one/,
    );
    const lacks = (peers: readonly BgpPeer[]) => {
      const standing = standingOf(group(), judgement({ settled: false, routing: () => ({ ...routing, peers }) }));
      return 'message' in standing ? `${standing.reason} ${standing.message}` : '';
    };
    assert.match(lacks([]), /^NoBgpPeer there is no BgpPeer: make one/);
    assert.match(
      lacks([{ ...peer, wrong: [{ path: 'spec.conf.peerAs', message: 'is missing' }] }]),
      /^NoBgpPeer BgpPeer tor is not in order: spec\.conf\.peerAs/,
    );
    assert.match(
      lacks([{ ...peer, spec: { ...peer.spec, nodeSelector: { matchLabels: { rack: 'a' } } } }]),
      /^NoBgpPeer no BgpPeer is for a node .*n1 is not chosen by its spec\.nodeSelector \(BgpPeer tor\)/,
    );
    assert.match(
      lacks([{ ...peer, spec: { conf: { ...peer.spec.conf, adminDown: true } } }]),
      /^NoBgpPeer BgpPeer tor has spec\.conf\.adminDown/,
    );
  });

  it('is not known yet while sessions are made, and then why there is none', () => {
    const members = nodes.map(({ metadata }) => says(metadata.name, 'Idle', { message: 'the router does not answer' }));
    const waiting = [says('n1', 'Idle')];
    assert.equal(standingOf(group({ members: waiting }), judgement({ settled: false })).by, 'candidates');
    const standing = standingOf(group({ members }), judgement());
    assert.deepEqual(standing, {
      by: 'nobody',
      reason: 'NoRouterTold',
      message:
        'no router was told: n1: the router does not answer; n2: the router does not answer: see kubectl describe bgppeers',
    });
    assert.equal(electionMs(group()), 10_000);
  });
});

describe('who has told routers of a Local address', () => {
  const members = [says('n1', 'Announcing', { routers: 1 }), says('n2', 'Idle', { message: 'no session' })];
  const of = (address: string, onlyOn: VipGroup['spec']['onlyOn'], o: Parameters<typeof judgement>[0] = {}) => {
    const one = group({ members }, { onlyOn });
    const judged = judgement(o);
    return standingOfAddress(address, one, standingOf(one, judged), judged);
  };

  it('is of the members that are to', () => {
    assert.deepEqual(of(a, { [a]: ['n1'] }), { by: 'nodes', nodes: ['n1'], of: 1, routers: { least: 1, most: 1 } });
    assert.equal(of(a, { [a]: ['n2'] }).by, 'nobody');
    assert.equal(of(b, { [a]: ['n2'] }).by, 'nodes', 'the others are announced by all');
  });

  it('is nobody where there is no ready endpoint', () => {
    const rules = () => ({ ...judgement().rules(), ready: [] });
    const standing = of(a, { [a]: [] }, { rules });
    assert.deepEqual([standing.by, 'reason' in standing && standing.reason], ['nobody', 'NoReadyEndpoint']);
  });
});
