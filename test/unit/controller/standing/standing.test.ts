import assert from 'node:assert/strict';
import type { Silence } from '../../../../src/api/silent-agents.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import type { Node } from '../../../../src/controller/objects/builtin-objects.js';
import type { Judgement, Rules } from '../../../../src/controller/standing/contract.js';
import { electionMs, standingOf, standingOfAddress } from '../../../../src/controller/standing/standing.js';

const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';
const address = '192.0.2.10';
const node = (name: string, labels: Record<string, string> = {}): Node => ({ metadata: { name, labels } });
const group = (members: readonly string[], status: VipGroup['status'] = {}): VipGroup => ({
  metadata: { name: 'lan-0' },
  spec: {
    protocol: 'vip',
    addresses: [address],
    members: members.map((name, at) => ({ node: name, priority: 254 - 20 * at })),
  },
  status,
});
const rules = (o: Partial<Rules> & { selector?: Record<string, string> } = {}) => {
  const spec = { address, protocol: 'vip' as const, ...(o.selector ? { nodeSelector: o.selector } : {}) };
  return () => ({ eip: { metadata: { name: 'lan' }, spec }, nodes: [node('n1'), node('n2')], ...o });
};

const quiet = (reason: Silence['reason'] = 'NoHeartbeat'): Silence => ({ reason, sinceMs: Date.UTC(2026, 0, 1) });
type Given = Partial<Judgement> & { silent?: Record<string, Silence> };
const judgement = (o: Given = {}): Judgement => ({
  silence: (name) => o.silent?.[name],
  settled: false,
  rules: rules(),
  routing: () => ({ conf: undefined, otherConfs: [], peers: [] }),
  ...o,
});
const standing = (of: VipGroup, o: Given = {}) => standingOf(of, judgement(o));

describe('who announces an address', () => {
  it('is the holder of its group', () =>
    assert.deepEqual(standing(group(['n1'], { holder: 'n1', reason: 'no-response' }), { rules: rules() }), {
      by: 'node',
      node: 'n1',
      reason: 'no-response',
    }));

  it('is nobody where the leader does not take it: of a group that is held otherwise, and of one of which nothing is', () => {
    const notHeld = [{ address, reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66' }];
    const expected = {
      by: 'nobody',
      reason: 'AnsweredElsewhere',
      message:
        'node n1 leads its group, but does not take it, because another host answers for it (02:00:00:00:00:66): take it off that host, or have the Service ask for another',
    };
    const partly = group(['n1'], { holder: 'n1', notHeld });
    assert.deepEqual(standing(partly), { by: 'node', node: 'n1' });
    assert.deepEqual(standingOfAddress(address, partly, standing(partly), judgement()), expected);
    assert.deepEqual(standingOfAddress('192.0.2.11', partly, standing(partly), judgement()), {
      by: 'node',
      node: 'n1',
    });
    const members = [{ node: 'n1', state: 'Active' as const }];
    const idle = group(['n1'], { members, notHeld });
    assert.deepEqual(standing(idle), expected);
    assert.notDeepEqual(standing(idle, { silent: { n1: quiet() } }), expected);
    const odd = group(['n1'], { holder: 'n1', notHeld: [{ address, reason: 'Refused' }] });
    assert.match(
      JSON.stringify(standingOfAddress(address, odd, standing(odd), judgement())),
      /"reason":"Refused".*cannot put it in place/,
    );
  });

  it('is one of the members while no holder is known', () =>
    assert.deepEqual(standing(group(['n2', 'n1']), { rules: rules() }), { by: 'candidates', nodes: ['n1', 'n2'] }));

  for (const [claim, given, reason, message] of [
    [
      'whose Service is Local and has no ready endpoint',
      { ready: [] },
      'NoReadyEndpoint',
      'externalTrafficPolicy Local leaves only nodes with a ready endpoint, and the Service has none: get a Pod of it ready, or set externalTrafficPolicy to Cluster',
    ],
    [
      'whose Service is Local and has endpoints only on nodes that may not',
      {
        ready: ['n1', 'n2', 'n3'],
        nodes: [node('n1', { [exclude]: '' }), node('n2', { zone: 'b' })],
        selector: { zone: 'a' },
      },
      'NoEligibleNode',
      `externalTrafficPolicy Local leaves only nodes with a ready endpoint, and none of those may announce addresses of Eip lan: n1 has the label ${exclude}, n2 lacks the label zone=a of spec.nodeSelector, n3 is not a node of this cluster: let one of them, run a Pod on another node, or set externalTrafficPolicy to Cluster`,
    ],
    [
      'that no node may announce',
      { nodes: [node('n1', { [exclude]: '' })] },
      'NoEligibleNode',
      `no node may announce the addresses of Eip lan: give nodes the labels of its spec.nodeSelector or spec.nodeSelectors, or take the label ${exclude} off some`,
    ],
  ] as const) {
    it(`is nobody for one ${claim}, with what would help`, () => {
      const now = standing(group([]), { rules: rules(given as Partial<Rules>) });
      assert.deepEqual(now, { by: 'nobody', reason, message });
    });
  }

  it('names three of many endpoints that may not', () => {
    const nodes = [1, 2, 3, 4, 5].map((n) => node(`n${n}`, { [exclude]: '' }));
    const now = standing(group([]), { rules: rules({ nodes, ready: nodes.map(({ metadata }) => metadata.name) }) });
    assert.match(now.by === 'nobody' ? now.message : '', /n3 has the label \S+ and 2 more are excluded: let one/);
  });

  it('may be a candidate before the group says so', () =>
    assert.deepEqual(standing(group([]), { rules: rules({ ready: ['n2'] }) }), { by: 'candidates', nodes: ['n2'] }));

  it('is not known when the agent of its holder is silent', () => {
    const of = group(['n1', 'n2'], {
      holder: 'n1',
      members: [
        { node: 'n1', state: 'Active' },
        { node: 'n2', state: 'Backup' },
      ],
    });
    const now = standing(of, { silent: { n1: quiet() } });
    assert.deepEqual(now, {
      by: 'unknown',
      reason: 'AgentSilent',
      message:
        'nobody knows who holds its addresses: the agent of n1 has not been heard of since 2026-01-01T00:00:00Z; n2 is Backup: ' +
        'see whether the agents run and reach the API server',
    });
    assert.deepEqual(
      standing(of, { silent: { n2: quiet() } }),
      { by: 'node', node: 'n1' },
      'a silent Backup changes nothing',
    );
  });

  it('is told the same by a controller that comes later, and has not missed the silent agents yet', () => {
    const since = '2026-01-01T00:00:00Z';
    const of = group(['n1', 'n2'], {
      members: [
        { node: 'n1', state: 'Lost', since },
        { node: 'n2', state: 'Lost', since },
      ],
    });
    const told = standing(of, { silent: { n1: quiet(), n2: quiet() } });
    assert.equal(told.by, 'unknown');
    assert.deepEqual(standing(of), { by: 'candidates', nodes: ['n1', 'n2'] }, 'what is said of it stays');
    assert.deepEqual(standing(of, { settled: true }), told);
    const later = { reason: 'NeverHeard', sinceMs: Date.UTC(2027, 0, 1) } as const;
    assert.deepEqual(standing(of, { settled: true, silent: { n1: later } }), told);
  });

  it('is not known while a member is silent and the others cannot take part', () => {
    const of = group(['n1', 'n2'], {
      members: [{ node: 'n2', state: 'Initialize', message: 'there is no interface eth7' }],
    });
    assert.equal(standing(of, { silent: { n1: quiet() } }).by, 'unknown');
    assert.equal(
      standing(of, { silent: { n1: quiet('NeverHeard') } }).by,
      'nobody',
      'who never had an agent holds nothing',
    );
    assert.equal(
      standing(of, { silent: { n1: quiet('Ended') } }).by,
      'nobody',
      'who ended of its own accord holds nothing',
    );
  });

  it('is nobody when no agent runs', () => {
    const now = standing(group(['n1', 'n2']), { silent: { n1: quiet('NeverHeard'), n2: quiet('Ended') } });
    assert.equal(now.by === 'nobody' && now.reason, 'NoAgent');
    assert.match(
      now.by === 'nobody' ? now.message : '',
      /n1 has no agent; the agent of n2 ended at 2026-01-01T00:00:00Z/,
    );
  });

  it('is nobody when every member says that it cannot, in their words', () => {
    const message = 'there is no interface eth7';
    const members = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].map((name) => ({
      node: name,
      state: 'Initialize' as const,
      message,
    }));
    const now = standing(
      group(
        members.map((each) => each.node),
        { members },
      ),
    );
    assert.deepEqual(now, {
      by: 'nobody',
      reason: 'NoMemberTakesPart',
      message:
        'no node can announce its addresses: n1: there is no interface eth7; n2: there is no interface eth7; n3: there is no interface eth7; and 3 more',
    });
  });

  it('is one of the candidates for as long as an election takes, and then nobody', () => {
    const of = group(['n1', 'n2'], { members: [{ node: 'n1', state: 'Backup' }] });
    assert.equal(standing(of).by, 'candidates');
    const now = standing(of, { settled: true });
    assert.deepEqual(now, {
      by: 'nobody',
      reason: 'NotLed',
      message: 'no node leads: n1 is Backup; n2 has not reported yet',
    });
    assert.equal(electionMs(of), 3_000);
    const vrrp = { virtualRouterId: 1, advertisementInterval: '10s' };
    assert.equal(electionMs({ ...of, spec: { ...of.spec, vrrp } }), 42_000);
  });
});
