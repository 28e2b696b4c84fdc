import assert from 'node:assert/strict';
import type { BgpPeer } from '../../../../src/api/bgp-peer.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { clusterChecks } from '../../../../src/doctor/cluster/checks.js';
import type { AgentHeard, ClusterFacts, Read } from '../../../../src/doctor/cluster/facts.js';

const read = <T>(...items: readonly T[]): Read<T> => ({ ok: true, items });
const absent = { ok: false, why: 'absent', text: 'the API server does not know that kind' } as const;
const forbidden = { ok: false, why: 'forbidden', text: 'eips is forbidden' } as const;

const group: VipGroup = {
  metadata: { name: 'lan-0' },
  spec: { protocol: 'vip', addresses: ['192.0.2.100'], members: [{ node: 'a', priority: 254 }] },
  status: { holder: 'a', members: [{ node: 'a', state: 'Active' }] },
};
const agent: AgentHeard = { node: 'a', version: '1.0.0', ended: false, moves: true, agoMs: 100, clockMs: 120 };

function facts(o: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    version: '1.0.0',
    namespace: 'openelb-system',
    server: { major: 1, minor: 30, text: 'v1.30.0' },
    groups: read(group),
    pools: read({ metadata: { name: 'lan' }, spec: { address: '192.0.2.0/24', protocol: 'vip' } }),
    peers: read<BgpPeer>(),
    confs: read(),
    nodes: read({ name: 'a', addresses: ['192.0.2.1'] }),
    agents: read(agent),
    controllers: read({ name: 'openelb-controller', agoMs: 900 }),
    workloads: read({ kind: 'DaemonSet', name: 'openelb-system/openelb-agent', images: ['openelb-vip:1.0.0'] }),
    kubeProxy: read(),
    ciliumPolicies: absent,
    ...o,
  };
}

const bad = (o: Partial<ClusterFacts> = {}) =>
  clusterChecks
    .flatMap((check) => check(facts(o)))
    .filter(({ severity }) => severity !== 'fine')
    .map(({ severity, check, where, what, remedy }) => {
      assert.ok((remedy ?? '').length > 10, `a remedy of: ${what}`);
      return `${severity} ${check}: ${where}: ${what}`;
    });

describe('the doctor of a cluster', () => {
  it('finds nothing where all is well', () => assert.deepEqual(bad(), []));

  it('finds CRDs that are missing, and does not take what may not be read for well or wrong', () => {
    assert.match(
      bad({ groups: absent }).join(),
      /^problem CRDs and permissions: VipGroups: the API server does not know/,
    );
    assert.match(bad({ pools: forbidden }).join(), /^unknown CRDs and permissions: Eips: eips is forbidden/);
    assert.match(
      bad({ server: { major: 1, minor: 19, text: 'v1.19.3' } }).join(),
      /warning versions: API server: .*v1\.19\.3/,
    );
  });

  it('finds agents that are silent, ended, never heard of, of another version or another time', () => {
    const agents = (o: Partial<AgentHeard>) => bad({ agents: read({ ...agent, ...o }) }).join('\n');
    assert.match(agents({ moves: false, agoMs: 61_000 }), /^problem agents: a: .* not been heard of for 61 s/);
    assert.match(agents({ ended: true, moves: false }), /^warning agents: a: its agent has ended/);
    assert.match(
      agents({ version: '0.9.0' }),
      /^warning versions: a: its agent is of version 0\.9\.0, this program of 1\.0\.0/,
    );
    assert.match(agents({ clockMs: -37_000 }), /^warning clocks: a: its clock is 37 s behind/);
    assert.match(
      agents({ node: 'other' }),
      /^problem agents: a: it is a member of groups, and no agent was ever heard of/,
    );
    assert.match(
      bad({ controllers: read() }).join(),
      /^problem controller: openelb-system: no controller was ever heard of/,
    );
    assert.match(bad({ controllers: read({ name: 'c', agoMs: 400_000 }) }).join(), /^problem controller: .*400 s ago/);
  });

  it('finds conflicts of groups, each once, and two that lead', () => {
    const conditions = [
      { type: 'AddressConflict', status: 'True', reason: 'AnsweredElsewhere', message: 'x answers (seen by a)' },
    ] as const;
    const members = ['a', 'b'].map((node) => ({ node, state: 'Active' as const }));
    const troubled = { ...group, status: { ...group.status, conditions: [...conditions], members } };
    assert.deepEqual(bad({ groups: read(troubled) }), [
      'problem address conflicts: AddressConflict of lan-0: x answers (seen by a)',
      'problem leaders: group lan-0: a and b both lead: they do not hear each other',
    ]);
  });

  it('finds addresses of nodes in pools, and leaves the ends of a subnet alone', () => {
    const status = { leftOutAddresses: { '192.0.2.1': 'an address of node a', '192.0.2.0': 'the first of a subnet' } };
    const pool = { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/24', protocol: 'vip' as const }, status };
    assert.deepEqual(bad({ pools: read(pool) }), [
      'warning node addresses in pools: Eip lan: it holds 192.0.2.1, which is an address of node a: that is never given out',
    ]);
  });

  it('finds kube-proxy in IPVS mode without strictARP, where a pool is on a LAN', () => {
    const kubeProxy = read({ data: { 'config.conf': 'mode: ipvs\nipvs: {}\n' } });
    assert.match(bad({ kubeProxy }).join(), /^problem kube-proxy: .*ipvs\.strictARP is not true/);
    const routed = read({ metadata: { name: 'wan' }, spec: { address: '192.0.2.0/24', protocol: 'bgp' as const } });
    assert.deepEqual(bad({ kubeProxy, pools: routed }), []);
  });

  it('finds sessions that are not up, and says what only the router knows', () => {
    const peer = (entry: object): Read<BgpPeer> =>
      read({ metadata: { name: 'tor' }, spec: {}, status: { nodes: [{ node: 'a', ...entry }] } } as BgpPeer);
    const problem = { reason: 'NoAnswer', message: 'the router does not answer' };
    assert.match(
      bad({ peers: peer({ state: 'Active', problem }) }).join(),
      /^problem BGP sessions: BgpPeer tor, a: NoAnswer/,
    );
    assert.match(bad({ peers: peer({ state: 'Idle' }) }).join(), /^problem BGP sessions: .* the session is Idle/);
    assert.match(
      bad({ peers: peer({ state: 'Established', prefixesSent: 7 }) }).join(),
      /^unknown router policy: .*only it knows/,
    );
    const routed: VipGroup = {
      metadata: { name: 'w' },
      spec: { protocol: 'bgp', addresses: ['192.0.2.9'], members: [] },
    };
    const untold = { peers: peer({ state: 'Established', prefixesSent: 0 }), groups: read(routed) };
    assert.match(bad(untold).join(), /^warning router policy: .* was told of no address/);
  });

  it('finds other load balancers by their images, whatever registry those are mirrored to', () => {
    const at = (name: string, image: string, kind: 'DaemonSet' | 'Deployment' = 'DaemonSet') =>
      bad({ workloads: read({ kind, name, images: [image] }) }).join();
    assert.match(at('metallb-system/speaker', 'mirror.example:5000/metallb/speaker:v0.14.8'), /MetalLB is at work/);
    assert.match(at('kube-system/kube-vip-ds', 'x/kube-vip@sha256:00'), /kube-vip is at work/);
    assert.match(at('kube-system/svclb-traefik-1a2b', 'rancher/klipper-lb:v0.4.9'), /ServiceLB of k3s is at work/);
    assert.match(at('purelb/lbnodeagent', 'x/purelb/lbnodeagent:v0.9'), /PureLB is at work/);
    assert.match(at('default/web', 'nginx:1.27', 'Deployment'), /^$/);
    assert.match(
      bad({ ciliumPolicies: read('lan') }).join(),
      /warning other load balancers: CiliumL2AnnouncementPolicy lan/,
    );
    assert.match(bad({ workloads: forbidden }).join(), /^unknown other load balancers/);
  });
});
