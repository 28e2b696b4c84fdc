import assert from 'node:assert/strict';
import type { PeerView } from '../../../../src/agent/bgp/views.js';
import type { PeerReport } from '../../../../src/agent/engine/routing/contract.js';
import { confStatus, groupStatus, peerNode, peerStatus } from '../../../../src/agent/status/bgp-status.js';
import { bgpPeerStatus } from '../../../../src/api/bgp-peer-status.js';
import { conform } from '../../../../src/api/conform.js';
import { peer, plan } from '../bgp/given.js';

const since = '2026-01-02T03:04:05Z';
const at = Date.parse(since);
const established: PeerReport = {
  peer: 'tor',
  state: 'Established',
  since: at,
  address: '192.0.2.1',
  localAddress: '192.0.2.11',
  identifier: 0xc000_0201,
  negotiated: {
    peerAs: 50_001,
    external: true,
    holdTime: 9,
    families: [4, 6],
    fourOctetAs: true,
    extendedNextHop: false,
    enhancedRouteRefresh: true,
    gracefulRestart: true,
  },
  prefixesSent: 7,
  establishedCount: 2,
  bfd: { state: 'Up', interval: 300_000, detection: 900_000 },
  lastClose: {
    direction: 'received',
    reason: 'administrative-reset',
    code: 6,
    subcode: 4,
    text: 'a\nb',
    at,
    in: 'Established',
  },
};
const view = (report?: PeerReport, problem?: PeerView['problem']): PeerView => {
  const { local, peers } = plan({ peers: [peer('tor', { conf: { description: 'rack 1' } })] });
  return { name: 'tor', local, planned: peers.get('tor')!, report, problem };
};

describe('what a node says of BGP', () => {
  it('of a session that stands is all that was agreed, and how the one before ended, on one line', () => {
    assert.deepEqual(peerNode(view(established), 'n1', 'unused'), {
      node: 'n1',
      state: 'Established',
      since,
      localAs: 50_000,
      address: '192.0.2.1',
      localAddress: '192.0.2.11',
      routerId: '192.0.2.1',
      negotiated: {
        peerAs: 50_001,
        external: true,
        holdTimeSeconds: 9,
        families: ['IPv4', 'IPv6'],
        fourOctetAs: true,
        extendedNextHop: false,
        enhancedRouteRefresh: true,
        gracefulRestart: true,
      },
      prefixesSent: 7,
      establishedCount: 2,
      bfd: { state: 'Up', interval: '300ms', detection: '900ms' },
      lastClose: {
        direction: 'received',
        reason: 'administrative-reset',
        code: 6,
        subcode: 4,
        text: 'a b',
        state: 'Established',
        time: since,
      },
    });
  });

  it('of a BgpPeer without a session is why there is none', () => {
    const problem = { reason: 'SecretMissing', message: 'x'.repeat(2000) };
    const entry = peerNode(view(undefined, problem), 'n1', since);
    assert.deepEqual([entry.state, entry.since, entry.problem!.reason], ['Idle', since, 'SecretMissing']);
    assert.equal(entry.problem!.message.length, 1024);
  });

  it("is in OpenELB's words as well, and as the schema has it", () => {
    const status = peerStatus(view(established), 'n1', since);
    assert.deepEqual(status.nodesPeerStatus, {
      n1: {
        peerState: {
          sessionState: 'ESTABLISHED',
          adminState: 'UP',
          neighborAddress: '192.0.2.1',
          localAs: 50_000,
          peerAs: 50_001,
          routerId: '192.0.2.1',
          description: 'rack 1',
          flops: 1,
        },
        timersState: { uptime: since, negotiatedHoldTime: '9' },
      },
    });
    for (const each of [
      status,
      peerStatus(view(), 'n1', since),
      peerStatus(view({ ...established, state: 'Idle' }), 'n1', since),
    ]) {
      const { value, problems } = conform(bgpPeerStatus, each);
      assert.deepEqual([value, problems], [each, []]);
    }
  });

  it('of the BgpConf is its AS and identifier', () => {
    assert.deepEqual(confStatus({ as: 4_200_000_001, identifier: 0xffff_ffff }, 'n1'), {
      nodesConfStatus: { n1: { as: 4_200_000_001, routerId: '255.255.255.255' } },
    });
  });

  it('of a group is how many routers it has told', () => {
    const group = { state: 'Announcing', routers: 1, routersWanted: 2, message: 'not told: b: Idle' } as const;
    assert.deepEqual(groupStatus(group, 'n1', since), {
      members: [{ node: 'n1', since, ...group }],
    });
  });
});
