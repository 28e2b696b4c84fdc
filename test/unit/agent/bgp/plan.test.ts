import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import type { PlanInput } from '../../../../src/agent/bgp/plan.js';
import type { PeerSettings } from '../../../../src/agent/engine/routing/contract.js';
import type { BgpConf } from '../../../../src/api/bgp-conf.js';
import type { BgpPeer } from '../../../../src/api/bgp-peer.js';
import { conf, nics, node, peer, plan } from './given.js';

const bytes = (...octets: number[]) => Uint8Array.from(octets);
const settingsOf = (spec: BgpPeer['spec'], o: Partial<PlanInput> = {}) => {
  const planned = plan({ ...o, peers: [peer('tor', spec)] }).peers.get('tor')!;
  assert.ok(planned.settings !== undefined, planned.problem?.message);
  return planned.settings;
};
const problemOf = (o: Partial<PlanInput>, name = 'tor') => {
  const { settings, problem } = plan(o).peers.get(name)!;
  assert.equal(settings, undefined);
  return problem!;
};

describe('a plan for the BGP speaker of a node', () => {
  it("makes OpenELB's documented example a session with that router", () => {
    const { speaker } = plan({ conf: conf({ as: 50_000, listenPort: 17_900, routerId: '192.0.2.2' }) });
    const [only] = speaker.peers as [PeerSettings];
    assert.deepEqual(
      { ...speaker, peers: 0 },
      { listenPort: 17_900, listenAddresses: [], drainWait: 10_000_000, peers: 0 },
    );
    assert.equal(speaker.peers.length, 1);
    const { session, routeSets, ...rest } = only;
    assert.deepEqual(rest, {
      name: 'tor',
      location: { address: bytes(192, 0, 2, 1) },
      port: 179,
      hops: 1,
      ttlSecurity: false,
    });
    assert.deepEqual(session, {
      localAs: 50_000,
      identifier: 0xc0_00_02_02,
      peerAs: 50_001,
      passive: false,
      holdTime: 9,
      longestBackOff: 30_000_000,
      families: [4],
      extendedNextHop: true,
      endOfRibWithin: 30_000_000,
      gatherFor: 5_000,
      restartTime: 120,
    });
    assert.equal(routeSets.length, 1);
  });

  describe('takes from a BgpPeer', () => {
    type Case = readonly [
      claim: string,
      spec: BgpPeer['spec'],
      expected: (settings: PeerSettings) => unknown,
      value: unknown,
    ];
    const cases: readonly Case[] = [
      ['the hold time as text', { timers: { config: { holdTime: '30' } } }, (s) => s.session.holdTime, 30],
      ['a hold time of 0 as the default', { timers: { config: { holdTime: '0' } } }, (s) => s.session.holdTime, 9],
      [
        'the longest pause between attempts',
        { timers: { config: { connectRetry: '5' } } },
        (s) => s.session.longestBackOff,
        5_000_000,
      ],
      [
        'a pause of 0 as the default',
        { timers: { config: { connectRetry: '0' } } },
        (s) => s.session.longestBackOff,
        30_000_000,
      ],
      ['with BFD a hold time of 90 s, for BFD is quicker', { bfd: {} }, (s) => s.session.holdTime, 90],
      [
        'BFD that is switched off as none',
        { bfd: { enabled: false } },
        (s) => [s.bfd, s.session.holdTime],
        [undefined, 9],
      ],
      [
        "BFD's intervals",
        { bfd: { transmitInterval: '50ms', receiveInterval: '100ms', detectMultiplier: 5 } },
        (s) => s.bfd,
        { desiredMinTx: 50_000, requiredMinRx: 100_000, detectMult: 5 },
      ],
      ['its port', { transport: { remotePort: 1790 } }, (s) => s.port, 1790],
      ['that it connects', { transport: { passiveMode: true } }, (s) => s.session.passive, true],
      ['an AS of ours for it', { conf: { localAs: 65_000 } }, (s) => s.session.localAs, 65_000],
      ['that its AS is any but ours', { conf: { peerAs: 0, asType: 'external' } }, (s) => s.session.peerAs, 'external'],
      ['how far it may be away', { ebgpMultihop: { enabled: true, multihopTtl: 3 } }, (s) => s.hops, 3],
      ['multihop without a number as any distance', { ebgpMultihop: { enabled: true } }, (s) => s.hops, 255],
      ['nothing of a distance that is not enabled', { ebgpMultihop: { multihopTtl: 3 } }, (s) => s.hops, 1],
      ['that a router of our own AS may be anywhere', { conf: { peerAs: 50_000 } }, (s) => s.hops, 255],
      ['GTSM', { ttlSecurity: true }, (s) => s.ttlSecurity, true],
      [
        'that there is no graceful restart',
        { gracefulRestart: { enabled: false } },
        (s) => s.session.restartTime,
        undefined,
      ],
      [
        'its restart time',
        { gracefulRestart: { restartTime: 10 } },
        (s) => [s.session.restartTime, s.session.endOfRibWithin],
        [10, 5_000_000],
      ],
      [
        'the families that it names, but not those that are off',
        {
          afiSafis: [
            { config: { family: { afi: 'AFI_IP6', safi: 'SAFI_UNICAST' }, enabled: true } },
            { config: { family: { afi: 'AFI_IP', safi: 'SAFI_UNICAST' } } },
            { config: { family: { afi: 'AFI_IP6' }, enabled: false } },
          ],
        },
        (s) => s.session.families,
        [4, 6],
      ],
      ["else its address's family", { conf: { neighborAddress: '2001:db8::1' } }, (s) => s.session.families, [6]],
      [
        'both of a router that a NIC leads to',
        { conf: { neighborAddress: '', neighborInterface: 'eth1' } },
        (s) => [s.location, s.session.families],
        [{ interface: 'eth1' }, [4, 6]],
      ],
      [
        'the first NIC of a list that the node has',
        { conf: { neighborAddress: '', neighborInterface: 'bond0,eth*' } },
        (s) => s.location,
        { interface: 'eth0' },
      ],
      [
        'that it is the default gateway',
        { conf: { neighborAddress: 'default_gateway:IPv6' } },
        (s) => s.location,
        { defaultGateway: 6 },
      ],
      ['our address in a block', { sourceAddress: '198.51.100.0/24' }, (s) => s.sourceAddress, bytes(198, 51, 100, 11)],
    ];
    for (const [claim, spec, pick, expected] of cases)
      it(claim, () => assert.deepEqual(pick(settingsOf(spec)), expected));
  });

  describe('takes the AS', () => {
    const racks = { as: 50_000, asPerRack: { east: 65_001 } };
    const inRack = (rack: string) => ({ ...node, labels: { 'openelb.kubesphere.io/rack': rack } });
    const asOf = (spec: BgpConf['spec'], on = node) => plan({ conf: conf(spec), node: on }).local?.as;
    it('of the rack that the node is in', () => assert.equal(asOf(racks, inRack('east')), 65_001));
    it('of the cluster for a node without a rack', () => assert.equal(asOf(racks), 50_000));
    it('of the cluster where no rack has one', () => assert.equal(asOf({ as: 50_000 }, inRack('east')), 50_000));
  });

  describe('takes the identifier', () => {
    const of = (spec: BgpConf['spec'], internalIps: readonly string[]) =>
      plan({ conf: conf(spec), node: { ...node, internalIps } }).local!.identifier;
    it('from the BgpConf', () => assert.equal(of({ as: 1, routerId: '1.2.3.4' }, node.internalIps), 0x01_02_03_04));
    it('from the InternalIP', () => assert.equal(of({ as: 1 }, node.internalIps), 0xc0_00_02_0b));
    it('from the InternalIP where racks have an AS of their own, as in OpenELB', () =>
      assert.equal(of({ as: 1, asPerRack: { east: 2 }, routerId: '1.2.3.4' }, node.internalIps), 0xc0_00_02_0b));
    it('from the name of a node that has IPv6 addresses only: the same each time, another on another node', () => {
      const only6 = (name: string) =>
        plan({ node: { ...node, name, internalIps: ['2001:db8::11'] } }).local!.identifier;
      assert.equal(only6('n1'), only6('n1'));
      assert.notEqual(only6('n1'), only6('n2'));
      assert.ok(only6('n1') > 0 && only6('n1') <= 0xffff_ffff);
    });
    it('without Kubernetes from the lowest address of a NIC', () => assert.equal(of({ as: 1 }, []), 0xc0_00_02_0b));
  });

  it('has no session, and no problem, for a BgpPeer whose nodeSelector leaves the node out', () => {
    const selective = peer('tor', { nodeSelector: { matchLabels: { rack: 'east' } } });
    assert.equal(plan({ peers: [selective] }).peers.size, 0);
    assert.equal(plan({ peers: [selective], node: { ...node, labels: { rack: 'east' } } }).speaker.peers.length, 1);
  });

  it('listens nowhere with listenPort -1, and on given addresses only', () => {
    assert.equal('listenPort' in plan({ conf: conf({ as: 1, listenPort: -1 }) }).speaker, false);
    assert.deepEqual(plan({ conf: conf({ as: 1, listenAddresses: ['192.0.2.11'] }) }).speaker.listenAddresses, [
      bytes(192, 0, 2, 11),
    ]);
    assert.deepEqual(plan({ conf: conf({ as: 1, listenAddresses: ['0.0.0.0'] }) }).speaker.listenAddresses, []);
  });

  it('gives BgpPeers that are told the same one set of routes, and others another', () => {
    const peers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((neighborAddress, index) =>
      peer(`p${index}`, { conf: { neighborAddress }, ...(index === 2 && { communities: ['64512:1'] }) }),
    );
    const sets = plan({ peers }).speaker.peers.map(({ routeSets }) => routeSets[0]);
    assert.equal(sets[0], sets[1]);
    assert.notEqual(sets[0], sets[2]);
  });

  describe('says what cannot work, of that BgpPeer only:', () => {
    const other = peer('other', { conf: { neighborAddress: '192.0.2.9' } });
    type Case = readonly [what: string, o: Partial<PlanInput>, reason: string, message: RegExp];
    const cases: readonly Case[] = [
      [
        "the node's own address",
        { peers: [peer('tor', { conf: { neighborAddress: '192.0.2.11' } }), other] },
        'OwnAddress',
        /192\.0\.2\.11 is this node's own, on eth0: .*nodeSelector/,
      ],
      [
        'a NIC that the node has not',
        { peers: [peer('tor', { conf: { neighborAddress: '', neighborInterface: 'bond*' } }), other] },
        'NoInterface',
        /none of the NICs bond\*.*but eth0, eth1/,
      ],
      [
        'a source address that the node has not',
        { peers: [peer('tor', { sourceAddress: '203.0.113.0/24' }), other] },
        'NoSourceAddress',
        /203\.0\.113\.0\/24: give it one/,
      ],
      [
        'a router that another BgpPeer has',
        {
          peers: [peer('tor'), peer('first', {}, '2020-01-01T00:00:00Z'), other].map((each) =>
            each.metadata.name === 'tor' ? peer('tor', {}, '2021-01-01T00:00:00Z') : each,
          ),
        },
        'SameRouter',
        /BgpPeer first is at 192\.0\.2\.1, too/,
      ],
      ['adminDown', { peers: [peer('tor', { conf: { adminDown: true } }), other] }, 'AdminDown', /adminDown is true/],
      [
        'a password that is not there',
        {
          peers: [peer('tor', { conf: { passwordSecret: { name: 's' } } }), other],
          password: (each) =>
            each === other
              ? { wanted: false }
              : { wanted: true, problem: { reason: 'SecretMissing', message: 'no Secret s' } },
        },
        'SecretMissing',
        /no Secret s/,
      ],
      [
        'a community that nobody knows',
        { peers: [peer('tor', { communities: ['web'] }), other] },
        'UnknownCommunity',
        /web.*communityAliases.*nothing is announced/,
      ],
    ];
    for (const [what, o, reason, message] of cases)
      it(what, () => {
        const problem = problemOf(o);
        assert.equal(problem.reason, reason);
        assert.match(problem.message, message);
        assert.ok(plan(o).speaker.peers.some(({ name }) => name === 'other'));
      });
  });

  describe('says of every BgpPeer', () => {
    it('that there is no BgpConf', () => assert.equal(problemOf({ conf: undefined }).reason, 'NoBgpConf'));
    it('that the rack of the node has no AS', () => {
      const problem = problemOf({
        conf: conf({ as: 50_000, asPerRack: { east: 65_001 } }),
        node: { ...node, labels: { 'openelb.kubesphere.io/rack': 'west' } },
      });
      assert.equal(problem.reason, 'NoAs');
      assert.match(problem.message, /rack west.*asPerRack/);
    });
  });

  it('has no session, and no problem, on a node that is left to Calico', () => {
    const { peers, speaker } = plan({ node: { ...node, labels: { 'openelb.kubesphere.io/cni': 'calico' } } });
    assert.deepEqual([peers.size, speaker.peers], [0, []]);
  });

  it('goes on with what was announced when a community is not known any more, and says so', () => {
    const peers = [peer('tor', { communities: ['web'] })];
    const before = plan({ peers, conf: conf({ as: 50_000, communityAliases: { web: '64512:7' } }) });
    const after = plan({ peers, before });
    assert.deepEqual(after.peers.get('tor')!.policy, before.peers.get('tor')!.policy);
    assert.equal(after.peers.get('tor')!.problem!.reason, 'UnknownCommunity');
    assert.equal(after.speaker.peers.length, 1);
  });

  it('goes on with the password that a session has when its Secret is spoilt, and says so', () => {
    const key = createSecretKey(Buffer.from('old'));
    const after = plan({
      peers: [peer('tor', { conf: { passwordSecret: { name: 's' } } })],
      password: () => ({ wanted: true, key, problem: { reason: 'SecretMissing', message: 'gone' } }),
    });
    assert.equal(after.speaker.peers[0]!.password, key);
    assert.equal(after.peers.get('tor')!.problem!.reason, 'SecretMissing');
  });

  it('is the same whatever the order of the BgpPeers', () => {
    const peers = [peer('b'), peer('a'), peer('c', { conf: { neighborAddress: '192.0.2.3' } })];
    const names = (list: readonly BgpPeer[]) => plan({ peers: list, nics }).speaker.peers.map(({ name }) => name);
    assert.deepEqual(names(peers), names(peers.toReversed()));
    assert.deepEqual(names(peers), ['a', 'c']);
  });
});
