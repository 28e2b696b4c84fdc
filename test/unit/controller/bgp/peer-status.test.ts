import assert from 'node:assert/strict';
import type { BgpConf } from '../../../../src/api/bgp-conf.js';
import type { BgpPeer, BgpPeerNode } from '../../../../src/api/bgp-peer.js';
import type { Silence } from '../../../../src/api/silent-agents.js';
import { agedPeer, goneNodes } from '../../../../src/controller/bgp/aged-peer.js';
import { confConfigured } from '../../../../src/controller/bgp/conf-configured.js';
import { configured } from '../../../../src/controller/bgp/peer-configured.js';
import { establishedText, establishedVerdict, sessionsOf } from '../../../../src/controller/bgp/peer-established.js';
import { newTold, sessionNews } from '../../../../src/controller/bgp/session-news.js';
import { admitBgpPeer } from '../../../../src/controller/objects/bgp-objects.js';
import type { Node } from '../../../../src/controller/objects/builtin-objects.js';
import { sessionNodes } from '../../../../src/controller/routers/session-nodes.js';

const node = (name: string, o: { labels?: Record<string, string>; cordoned?: boolean; ip?: string } = {}): Node => ({
  metadata: { name, labels: o.labels ?? {} },
  ...(o.cordoned ? { spec: { unschedulable: true } } : {}),
  status: { addresses: [{ type: 'InternalIP', address: o.ip ?? `192.0.2.${name.slice(1)}` }] },
});
const nodes = [node('n1'), node('n2'), node('n3')];
const peer = (o: { name?: string; spec?: object; nodes?: readonly BgpPeerNode[]; created?: string } = {}): BgpPeer => {
  const { name = 'tor', spec = {}, created = '2026-01-01T00:00:00Z' } = o;
  const object = {
    metadata: { name, creationTimestamp: created },
    spec: { conf: { neighborAddress: '192.0.2.254', peerAs: 64513 }, ...spec },
    ...(o.nodes === undefined ? {} : { status: { nodes: o.nodes } }),
  };
  return admitBgpPeer(object).object!;
};
const conf: BgpConf = { metadata: { name: 'default' }, spec: { as: 64512 } };
const up = (name: string): BgpPeerNode => ({ node: name, state: 'Established' });
const heard = () => undefined;
const quiet =
  (...names: readonly string[]) =>
  (name: string): Silence | undefined =>
    names.includes(name) ? { reason: 'NoHeartbeat', sinceMs: Date.UTC(2026, 0, 1) } : undefined;
const judge = (
  one: BgpPeer,
  o: { others?: readonly BgpPeer[]; nodes?: readonly Node[]; conf?: BgpConf | undefined } = {},
) => {
  const all = o.nodes ?? nodes;
  const routing = { conf: 'conf' in o ? o.conf : conf, otherConfs: [], peers: [one, ...(o.others ?? [])] };
  const { reason, message } = configured(one, sessionNodes(one, all), { routing, nodes: all });
  return `${reason}: ${message}`;
};
const established = (one: BgpPeer, silence = quiet(), all: readonly Node[] = nodes) => {
  const chosen = sessionNodes(one, all);
  const routing = { conf, otherConfs: [], peers: [one] };
  const verdict = configured(one, chosen, { routing, nodes: all });
  const sessions = sessionsOf(one, verdict.status === 'True' ? chosen : [], silence);
  const { status, reason, message } = establishedVerdict(one, sessions, verdict, silence);
  return [establishedText(sessions), status, reason, message];
};

describe('a BgpPeer is configured', () => {
  it('for the nodes that it chooses, but for those that are out of service', () => {
    assert.match(judge(peer()), /^Valid: 3 nodes are to have a session/);
    const excluded = node('n4', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } });
    const calico = node('n5', { labels: { 'openelb.kubesphere.io/cni': 'calico' } });
    const all = [...nodes, excluded, calico, node('n6', { cordoned: true })];
    assert.deepEqual(sessionNodes(peer(), all), ['n1', 'n2', 'n3']);
    const rack = { nodeSelector: { matchLabels: { rack: 'a' } } };
    assert.match(
      judge(peer({ spec: rack }), { nodes: [node('n1', { labels: { rack: 'a' } }), node('n2')] }),
      /^Valid: 1 node is/,
    );
    assert.match(
      judge(peer({ spec: rack })),
      /^NoNodeSelected: .*n1 is not chosen by its spec\.nodeSelector.*: choose nodes/,
    );
  });

  for (const [claim, expected, verdict] of [
    [
      'not while it is wrong',
      /^InvalidSpec: spec\.conf\.peerAs: is -1/,
      judge(peer({ spec: { conf: { neighborAddress: '192.0.2.254', peerAs: -1 } } })),
    ],
    [
      'not with a name of a community that the BgpConf lacks',
      /^InvalidSpec: spec\.communities\[0\]: is "web"/,
      judge(peer({ spec: { communities: ['web'] } })),
    ],
    [
      'not without a BgpConf',
      /^NoBgpConf: there is no BgpConf of the name default: make one/,
      judge(peer(), { conf: undefined }),
    ],
    [
      'not while it is switched off',
      /^AdminDown: /,
      judge(peer({ spec: { conf: { neighborAddress: '192.0.2.254', peerAs: 1, adminDown: true } } })),
    ],
    [
      'not for a node that has the address itself',
      /^OwnAddress: .*192\.0\.2\.2 is an address of node n2/,
      judge(peer({ spec: { conf: { neighborAddress: '192.0.2.2', peerAs: 1 } } })),
    ],
    [
      'not beside an older one at the same router',
      /^SameRouter: BgpPeer old is at the same address for node n1/,
      judge(peer(), { others: [peer({ name: 'old', created: '2025-01-01T00:00:00Z' })] }),
    ],
    [
      'beside a younger one',
      /^Valid/,
      judge(peer(), { others: [peer({ name: 'young', created: '2026-06-01T00:00:00Z' })] }),
    ],
  ] as const)
    it(claim, () => assert.match(verdict, expected));
});

describe('a BgpPeer is established', () => {
  it('when every node that is to have a session has one', () =>
    assert.deepEqual(established(peer({ nodes: nodes.map(({ metadata }) => up(metadata.name)) })), [
      '3/3',
      'True',
      'AllEstablished',
      '3 of 3 nodes have a session',
    ]));

  it('when every node has one, but says what is wrong with those that stand, and the remedy', () => {
    const problem = { reason: 'BfdMissing', message: 'set BFD for this neighbor on the router' };
    const all = [up('n1'), { ...up('n2'), problem }, { ...up('n3'), problem }];
    assert.deepEqual(established(peer({ nodes: all })), [
      '3/3',
      'True',
      'BfdMissing',
      '3 of 3 nodes have a session; n2 (and 1 more): set BFD for this neighbor on the router',
    ]);
  });

  it('not while some have none, with the reason that they have in common and how their last one ended', () => {
    const problem = { reason: 'SecretNotFound', message: 'there is no Secret tor: make it' };
    const [count, status, reason, message] = established(
      peer({ nodes: [up('n1'), { node: 'n2', state: 'Idle', problem }, { node: 'n3', state: 'Idle', problem }] }),
    );
    assert.deepEqual([count, status, reason], ['1/3', 'False', 'SecretNotFound']);
    assert.match(message!, /^1 of 3 nodes have a session: n2: there is no Secret tor: make it; n3: /);
    const lastClose = {
      direction: 'received' as const,
      reason: 'peer-as',
      code: 2,
      subcode: 2,
      time: '2026-01-01T00:00:00Z',
    };
    const mixed = established(
      peer({
        nodes: [
          { node: 'n1', state: 'Active', lastClose },
          { node: 'n2', state: 'Idle', problem },
        ],
      }),
    );
    assert.deepEqual(mixed.slice(0, 3), ['0/3', 'False', 'NoneEstablished']);
    assert.match(mixed[3]!, /n1: the router ended the last one: peer-as \(2\/2\).*n3 has not reported yet/);
  });

  it('says the same while a node tries again and again', () => {
    const states = ['Idle', 'Connect', 'Active', 'OpenSent'] as const;
    const texts = states.map((state) => established(peer({ nodes: [{ node: 'n1', state }] })).join());
    assert.equal(new Set(texts).size, 1);
  });

  it('as far as anybody knows: not by the word of an agent that is silent', () => {
    const all = peer({ nodes: nodes.map(({ metadata }) => up(metadata.name)) });
    assert.deepEqual(established(all, quiet('n3')).slice(0, 3), ['2/3', 'False', 'AgentSilent']);
    assert.deepEqual(established(all, quiet('n1', 'n2', 'n3')).slice(0, 3), ['0/3', 'Unknown', 'AgentSilent']);
  });

  it('counts a node that has a session though it is to have none (any more)', () => {
    const cordoned = [node('n1'), node('n2', { cordoned: true })];
    assert.deepEqual(established(peer({ nodes: [up('n1'), up('n2')] }), heard, cordoned).slice(0, 2), ['2/2', 'True']);
    assert.deepEqual(established(peer({ nodes: [up('n1')] }), heard, cordoned).slice(0, 2), ['1/1', 'True']);
  });
});

describe('what agents said that are silent', () => {
  const isNode = (name: string) => name !== 'gone';
  const status = {
    nodes: [up('n1'), up('n2'), up('gone')],
    nodesPeerStatus: {
      n1: { peerState: { sessionState: 'ESTABLISHED' }, timersState: { uptime: '2026-01-01T00:00:00Z' } },
      n2: { peerState: { sessionState: 'ESTABLISHED' } },
      gone: { peerState: { sessionState: 'ESTABLISHED' } },
    },
  };

  it('is taken back: Lost, or nothing where there is no such node', () => {
    const aged = agedPeer({ status }, quiet('n1', 'gone'), isNode);
    assert.deepEqual(aged, {
      nodes: [{ node: 'n1', state: 'Lost', since: '2026-01-01T00:00:00Z' }, up('n2')],
      nodesPeerStatus: { n1: { peerState: { sessionState: 'UNKNOWN' }, timersState: null }, gone: null },
    });
  });

  it('is taken back once, and stays where they are heard of', () => {
    assert.equal(agedPeer({ status }, heard, isNode), undefined);
    const taken = {
      nodes: [{ node: 'n1', state: 'Lost' as const, since: '2026-01-01T00:00:00Z' }],
      nodesPeerStatus: { n1: { peerState: { sessionState: 'UNKNOWN' } } },
    };
    assert.equal(agedPeer({ status: taken }, quiet('n1'), isNode), undefined);
    assert.equal(agedPeer({}, quiet('n1'), isNode), undefined);
  });

  it('in a BgpConf goes with the node alone', () => {
    const nodesConfStatus = { n1: { routerId: '192.0.2.1' }, gone: { routerId: '192.0.2.9' } };
    assert.deepEqual(goneNodes({ status: { nodesConfStatus } }, quiet('n1', 'gone'), isNode), ['gone']);
  });
});

describe('a BgpConf is configured', () => {
  it('when it is right, has the name that counts, and gives no two nodes one identifier', () => {
    assert.equal(confConfigured(conf).reason, 'Valid');
    assert.equal(confConfigured({ ...conf, metadata: { name: 'second' } }).reason, 'NotDefault');
    assert.equal(confConfigured({ ...conf, wrong: [{ path: 'spec.as', message: 'is 0' }] }).reason, 'InvalidSpec');
    const twins = { n1: { routerId: '192.0.2.1', as: 1 }, n2: { routerId: '192.0.2.1', as: 1 } };
    const verdict = confConfigured({ ...conf, status: { nodesConfStatus: twins } });
    assert.equal(verdict.reason, 'DuplicateRouterId');
    assert.match(verdict.message, /nodes n1 and n2 have the router ID 192\.0\.2\.1/);
    const racks = { n1: { routerId: '192.0.2.1', as: 1 }, n2: { routerId: '192.0.2.1', as: 2 } };
    assert.equal(confConfigured({ ...conf, status: { nodesConfStatus: racks } }).reason, 'Valid');
  });
});

describe('of sessions people hear', () => {
  it('which node got one, which lost it, and why; and nothing of what was so already', () => {
    const told = newTold();
    const tell = (all: readonly BgpPeerNode[], silence = quiet()) =>
      sessionNews(told, peer({ nodes: all }), silence).map(
        ({ type, reason, message }) => `${type} ${reason}: ${message}`,
      );
    assert.deepEqual(tell([up('n1')]), []);
    assert.deepEqual(tell([up('n1'), { ...up('n2'), address: '192.0.2.254' }]), [
      'Normal Established: node n2 has a session with the router (192.0.2.254)',
    ]);
    const lastClose = {
      direction: 'sent' as const,
      reason: 'hold-timer-expired',
      code: 4,
      time: '2026-01-01T00:00:00Z',
    };
    assert.deepEqual(tell([up('n1'), { node: 'n2', state: 'Active', lastClose }]), [
      'Warning SessionLost: node n2 has no session with the router any more: we ended the last one: hold-timer-expired (4/0)',
    ]);
    assert.match(tell([up('n1')], quiet('n1')).join(), /SessionLost: node n1 .*not heard of/);
    tell([up('n1')]);
    assert.deepEqual(tell([{ node: 'n1', state: 'Connect' }]), [
      'Warning SessionLost: node n1 has no session with the router any more: its agent was started anew, and has none yet',
    ]);
  });

  it('what is wrong with a session, once until nothing is, and one for all nodes of which it is the same', () => {
    const told = newTold();
    const tell = (...all: readonly BgpPeerNode[]) =>
      sessionNews(told, peer({ nodes: all }), heard).map(
        ({ type, reason, message }) => `${type} ${reason}: ${message}`,
      );
    const ill = (name: string, reason: string, state: BgpPeerNode['state'] = 'Active'): BgpPeerNode => ({
      node: name,
      state,
      problem: { reason, message: `what to do about ${reason}` },
    });
    assert.deepEqual(tell(), []);
    assert.deepEqual(tell(ill('n2', 'SecretMissing'), ill('n1', 'SecretMissing'), ill('n3', 'SecretUnknown')), [
      'Warning SecretMissing: node n1 (and 1 other): what to do about SecretMissing',
    ]);
    assert.deepEqual(tell(ill('n1', 'NoAnswer')), ['Warning NoAnswer: node n1: what to do about NoAnswer']);
    assert.deepEqual(tell(ill('n1', 'SecretMissing')), []);
    assert.deepEqual(tell(up('n1')), ['Normal Established: node n1 has a session with the router']);
    assert.deepEqual(tell(ill('n1', 'BfdOnRouterOnly', 'Established')), [
      'Warning BfdOnRouterOnly: node n1: what to do about BfdOnRouterOnly',
    ]);
    const [lost, ...rest] = tell(ill('n1', 'NoAnswer'));
    assert.match(lost!, /^Warning SessionLost: node n1 .*: what to do about NoAnswer$/);
    assert.deepEqual(rest, []);
  });

  it('no more of one node than an agent has reasons for, whatever somebody writes in its place', () => {
    const told = newTold();
    const tell = (at: number) => {
      const problem = { reason: `Made${at}`, message: 'up' };
      return sessionNews(told, peer({ nodes: [{ node: 'n1', state: 'Active', problem }] }), heard).length;
    };
    const news = Array.from({ length: 1000 }, (_, at) => tell(at)).reduce((sum, count) => sum + count, 0);
    assert.ok(news > 10 && news <= 32, `${news}`);
    assert.equal([...told.values()][0]!.problems.get('n1')!.size, news + 1, 'and remembers no more');
    assert.equal(tell(0), 0);
  });

  it('once for many nodes', () => {
    const told = newTold();
    const many = Array.from({ length: 50 }, (_, at) => up(`n${at}`));
    sessionNews(told, peer({ nodes: [] }), heard);
    const news = sessionNews(told, peer({ nodes: many }), heard);
    assert.equal(news.length, 1);
    assert.match(news[0]!.message, /^node n0 \(and 49 others\) has a session/);
  });
});
