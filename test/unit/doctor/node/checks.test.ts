import assert from 'node:assert/strict';
import { noLateness } from '../../../../src/agent/engine/lateness.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { decodeAdvertFrame } from '../../../../src/core/wire/vrrp-frame.js';
import { exitCodeOf, type Finding } from '../../../../src/doctor/finding.js';
import { standingChecks } from '../../../../src/doctor/node/checks.js';
import { countIn } from '../../../../src/doctor/node/counted-strays.js';
import type { MemberTry, NicTries, NodeFacts } from '../../../../src/doctor/node/facts.js';
import { defaultNics } from '../../../../src/doctor/node/gather.js';
import { readKubeProxy } from '../../../../src/doctor/node/kube-proxy.js';
import { rivalPrograms } from '../../../../src/doctor/node/rivals.js';
import { strayAdvert } from '../../../../src/doctor/node/stray-advert.js';
import { tryChecks } from '../../../../src/doctor/node/try-checks.js';
import { findingsText } from '../../../../src/doctor/text.js';
import { memberReport } from '../../agent/member-report.js';

const group: VipGroup = {
  metadata: { name: 'web' },
  spec: {
    protocol: 'vip',
    addresses: ['192.0.2.100'],
    vrrp: { virtualRouterId: 9 },
    members: [
      { node: 'a', priority: 254, address: '192.0.2.1' },
      { node: 'b', priority: 234, address: '192.0.2.2' },
    ],
  },
};

const member: MemberTry = { node: 'b', address: '192.0.2.2', asked: 3, answered: 3, sent: 3, counted: 3 };
const leader = { virtualRouterId: 9, source: '192.0.2.2', priority: 234 };
const tries: NicTries = {
  nic: 'eth0',
  listenedMs: 3_300,
  adverts: [leader],
  members: [member],
  virtualMac: { asked: 'b (192.0.2.2)', own: true, foreign: true },
  claims: [],
};

function facts(o: Partial<NodeFacts> = {}): NodeFacts {
  return {
    node: 'a',
    version: '1.0.0',
    agent: {
      node: 'a',
      version: '1.0.0',
      source: 'ok',
      scheduling: { policy: 'SCHED_RR' },
      members: [memberReport({ advertisementInterval: 1_000_000 })],
      counters: {},
      drops: {},
      neighborDrops: {},
      lateness: noLateness(),
    },
    readiness: { ready: true, text: 'ok' },
    missingCapabilities: undefined,
    groups: [group],
    network: {
      ipv4: new Set(['192.0.2.1']),
      interfaces: { eth0: [{ address: '192.0.2.1', cidr: '192.0.2.1/24' }] },
      subnets: new Map([['eth0', [{ family: 4, network: 0xc00002n, hostBits: 8n }]]]),
      hasInterface: () => false,
      hasArpOff: () => false,
      setting: () => 0,
    },
    defaultNics: ['eth0'],
    reversePathFilters: new Map([['eth0', 1]]),
    programs: [],
    kubeProxy: undefined,
    tries: [tries],
    untried: undefined,
    ...o,
  };
}

const judged = (o: Partial<NodeFacts> = {}) =>
  [...standingChecks, ...tryChecks].flatMap((check) => check(facts(o))) as readonly Finding[];
const bad = (o: Partial<NodeFacts>) =>
  judged(o)
    .filter(({ severity }) => severity !== 'fine')
    .map(({ severity, check, what }) => `${severity} ${check}: ${what}`);
const withTries = (o: Partial<NicTries>) => bad({ tries: [{ ...tries, ...o }] });
const withMember = (o: Partial<MemberTry>) => withTries({ members: [{ ...member, ...o }] });

describe('the doctor on a node', () => {
  it('finds nothing where all is well, and every finding that is not fine has a remedy', () => {
    assert.deepEqual(bad({}), []);
    assert.equal(exitCodeOf(judged()), 0);
    const all = [
      ...judged({ agent: undefined }),
      ...judged({ programs: ['keepalived'], tries: [{ ...tries, adverts: [], claims: [{ address: 'x', mac: 'y' }] }] }),
      ...judged({ missingCapabilities: 'NET_RAW', kubeProxy: { mode: 'ipvs', syncedAgoMs: 1, waitingMs: 90_000 } }),
    ];
    for (const { severity, remedy, what } of all)
      assert.ok(severity === 'fine' || (remedy !== undefined && remedy.length > 10), what);
  });

  it('finds an agent that is absent, not ready, out of touch, or of another version', () => {
    assert.match(bad({ agent: undefined }).join(), /problem agent: no agent answers/);
    assert.match(
      bad({ readiness: { ready: false, text: 'no groups known yet' } }).join(),
      /problem agent: it is not ready: no groups/,
    );
    const { agent } = facts();
    assert.match(
      bad({ agent: { ...agent!, source: 'cannot reach' } }).join(),
      /warning agent: .* may be old: cannot reach/,
    );
    assert.match(
      bad({ version: '2.0.0' }).join(),
      /warning versions: the agent is of version 1\.0\.0, this program of 2\.0\.0/,
    );
    const idle = memberReport({ state: 'Initialize', message: 'eth0 is down' });
    assert.match(
      bad({ agent: { ...agent!, members: [idle] } }).join(),
      /warning agent: this node takes no part: eth0 is down/,
    );
    const nice = { policy: 'nice', reason: 'SCHED_RR: EPERM' } as const;
    assert.match(bad({ agent: { ...agent!, scheduling: nice } }).join(), /warning real-time scheduling: .*EPERM/);
  });

  it('finds multicast that does not arrive, and does not guess where nobody can say', () => {
    assert.match(
      withMember({ counted: 0 }).join(),
      /^problem multicast between members: none of 3 adverts that eth0 sent/,
    );
    assert.match(withMember({ counted: undefined }).join(), /^unknown multicast between members/);
    const unicast = { ...group, spec: { ...group.spec, vrrp: { virtualRouterId: 9, transport: 'unicast' as const } } };
    assert.deepEqual(bad({ groups: [unicast], tries: [{ ...tries, members: [{ ...member, counted: 0 }] }] }), []);
  });

  it('finds questions that are not answered: worse where adverts go by unicast', () => {
    assert.match(withMember({ answered: 0 }).join(), /^warning unicast between members: none of 3 questions/);
    const unicast = { ...group, spec: { ...group.spec, vrrp: { virtualRouterId: 9, transport: 'unicast' as const } } };
    const silent = { groups: [unicast], tries: [{ ...tries, members: [{ ...member, answered: 0 }] }] };
    assert.match(bad(silent).join(), /^problem unicast between members/);
  });

  it('finds a leader that is not heard, unless its interval is longer than it listened', () => {
    assert.match(
      withTries({ adverts: [] }).join(),
      /^problem adverts of leaders: none of virtual router ID 9 came within 3\.3 s/,
    );
    const slow = { ...facts().agent!, members: [memberReport({ advertisementInterval: 5_000_000 })] };
    assert.deepEqual(bad({ agent: slow, tries: [{ ...tries, adverts: [] }] }), []);
  });

  it('finds routers that are no members: worse where they have an ID of ours', () => {
    const stranger = (virtualRouterId: number) => ({ virtualRouterId, source: '192.0.2.77', priority: 100 });
    assert.match(
      withTries({ adverts: [leader, stranger(50)] }).join(),
      /^warning virtual router IDs: 192\.0\.2\.77, .* ID 50/,
    );
    assert.match(
      withTries({ adverts: [leader, stranger(9)] }).join(),
      /^problem virtual router IDs: .* which a group has as well/,
    );
  });

  it('finds a network that takes no virtual MAC, and tells it from a neighbour that is down', () => {
    const asked = 'b (192.0.2.2)';
    assert.match(
      withTries({ virtualMac: { asked, own: true, foreign: false } }).join(),
      /^warning virtual MAC: .* takes no frames/,
    );
    assert.match(
      withTries({ virtualMac: { asked, own: false, foreign: false } }).join(),
      /^unknown virtual MAC: .* answers no ARP/,
    );
    const wanted = { ...group, spec: { ...group.spec, vrrp: { virtualRouterId: 9, virtualMac: true } } };
    const filtered = { ...tries, virtualMac: { asked, own: true, foreign: false } };
    assert.match(bad({ groups: [wanted], tries: [filtered] }).join(), /^problem virtual MAC/);
  });

  it('finds strict reverse path filtering where answers leave by another NIC', () => {
    assert.match(
      bad({ defaultNics: ['eth1'] }).join(),
      /^problem rp_filter: it is strict, and eth0 has no default route/,
    );
    assert.deepEqual(bad({ defaultNics: ['eth1'], reversePathFilters: new Map([['eth0', 2]]) }), []);
    const table =
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth1\t00000000\tFE4E0A0A\t0003\t0\t0\t0\t00000000\neth0\t00004D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n';
    assert.deepEqual(defaultNics(table), ['eth1']);
  });

  it('finds strictARP that is off, with what to set', () => {
    const network = { ...facts().network, hasInterface: (name: string) => name === 'kube-ipvs0' };
    const [found] = judged({ network }).filter(({ check }) => check === 'strictARP');
    assert.equal(found?.severity, 'problem');
    assert.match(found?.remedy ?? '', /^set ipvs\.strictARP to true/);
  });

  it('reads of kube-proxy its mode, how old its rules are, and for how long a change has waited', () => {
    const health =
      '{"lastUpdated": "2026-01-01 00:00:30.5 +0000 UTC m=+9.1","currentTime": "2026-01-01 00:02:00.1 +0000 UTC m=+99.1"}';
    const at = Date.parse('2026-01-01T00:00:30Z') / 1000;
    const metrics = `kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds ${at - 10}\nkubeproxy_sync_proxy_rules_last_timestamp_seconds ${at}\n`;
    assert.deepEqual(readKubeProxy({ mode: 'ipvs\n', health, metrics }), {
      mode: 'ipvs',
      syncedAgoMs: 90_000,
      waitingMs: undefined,
    });
    const stuck = metrics.replace(String(at - 10), (at + 1).toExponential());
    assert.equal(readKubeProxy({ mode: 'ipvs', health, metrics: stuck }).waitingMs, 89_000);
    assert.equal(readKubeProxy({ mode: undefined, health: 'x', metrics: undefined }).syncedAgoMs, undefined);
  });

  it('knows other load balancers by their processes', () => {
    assert.deepEqual(rivalPrograms(['sh', 'keepalived', 'keepalived', 'speaker', '']), [
      'MetalLB’s speaker',
      'keepalived',
    ]);
    assert.match(bad({ programs: ['keepalived'] }).join(), /^warning other load balancers: keepalived runs here/);
  });

  it('tries multicast with an advert that is whole but for its ID, which every router drops for that', () => {
    const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
    for (const source of [
      Uint8Array.of(192, 0, 2, 1),
      Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    ]) {
      const frame = strayAdvert(mac, source);
      const decoded = decodeAdvertFrame(frame, frame.length);
      assert.deepEqual([decoded.ok, !decoded.ok && decoded.reason], [false, 'virtual-router-id']);
    }
    const metrics =
      'openelb_adverts_dropped_total{reason="ttl"} 4\nopenelb_adverts_dropped_total{reason="virtual-router-id"} 3\n';
    assert.deepEqual([countIn(metrics), countIn('')], [3, 0]);
  });

  it('prints the worst first, each with its remedy, and how many of each there are', () => {
    const found: readonly Finding[] = [
      { check: 'agents', severity: 'fine', where: '', what: '3 are heard of' },
      { check: 'rp_filter', severity: 'problem', where: 'eth0', what: 'it is strict', remedy: 'set it to 2' },
    ];
    assert.equal(
      findingsText(found),
      'problem  rp_filter: eth0: it is strict\n         -> set it to 2\nfine     agents: 3 are heard of\n1 problem, 0 warnings, 0 unknown, 1 fine\n',
    );
    assert.deepEqual(
      [exitCodeOf(found), exitCodeOf([{ ...found[1]!, severity: 'warning' }]), exitCodeOf([])],
      [1, 3, 0],
    );
  });
});
