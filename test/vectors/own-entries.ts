/** What the agent of node n1 may write, and may not, by the policy in `templates/agent-own-entries.yaml`. */
import { agentLeaseName, agentLeaseNode } from '../../src/api/agent-lease.js';
import { seenBy } from '../../src/api/vip-group.js';

/** A write of a VipGroup's status. */
export interface StatusWrite {
  readonly claim: string;
  readonly before?: object;
  readonly after?: object;
  /** Nodes in `spec.members`; default: n1 and n2. */
  readonly members?: readonly string[];
  /** What the message says; absent: it is allowed. */
  readonly refused?: RegExp;
}

/** A write of a Lease by the agent of `bound` (default n1). */
export interface LeaseWrite {
  readonly claim: string;
  readonly bound?: string;
  readonly lease: {
    readonly metadata: { readonly name: string; readonly annotations?: object };
    readonly spec: object;
  };
  readonly refused?: RegExp;
}

const member = (node: string, state = 'Backup') => ({ node, state });
const former = (node: string) => ({ node, leftAt: since });
const condition = (type: string, node: string) => ({ type, status: 'True', message: `something ${seenBy(node)}` });
const since = '2026-01-01T00:00:00Z';
const later = '2026-01-01T00:00:01Z';

const otherMember = /no member .* but that of its own node/;
const otherFormer = /no former member .* but its own node/;
const othersHolder = /holder only to say/;
const othersCondition = /only conditions/;
const othersHeld = /not held only while/;
const lacking = (address = '192.0.2.1') => [{ address, reason: 'AnsweredElsewhere' }];

export const statusWrites: readonly StatusWrite[] = [
  {
    claim: 'how many nodes announce',
    before: { announcing: '1/2' },
    after: { announcing: '2/2' },
    refused: /nothing of what the controller concludes/,
  },
  { claim: 'its own entry', after: { members: [member('n1')] } },
  {
    claim: 'its own entry beside another’s',
    before: { members: [member('n2')] },
    after: { members: [member('n1'), member('n2')] },
  },
  {
    claim: 'a change of its own entry',
    before: { members: [member('n1'), member('n2')] },
    after: { members: [member('n1', 'Active'), member('n2')] },
  },
  {
    claim: 'that its own entry goes',
    before: { members: [member('n1'), member('n2')] },
    after: { members: [member('n2')] },
  },
  { claim: 'that the last entry, its own, goes', before: { members: [member('n1')] }, after: {} },
  { claim: 'that its whole status goes', before: { members: [member('n1')] } },
  {
    claim: 'its own entry where lists that were taken back are null',
    before: { members: null, conditions: null },
    after: { members: [member('n1')], conditions: null },
  },
  {
    claim: 'that lists are null when it takes back the last of them',
    before: { members: [member('n1')], conditions: [condition('A', 'n1')] },
    after: { members: null, conditions: null },
  },
  {
    claim: 'that its own node, no member any more, was one',
    before: { members: [member('n1'), member('n2')], formerMembers: [former('n3')] },
    after: { members: [member('n2')], formerMembers: [former('n3'), former('n1')] },
    members: ['n2'],
  },
  {
    claim: 'that its own node is no former member any more',
    before: { formerMembers: [former('n1')] },
    after: { members: [member('n1')], formerMembers: null },
  },
  {
    claim: 'that another node was a member',
    after: { formerMembers: [former('n2')] },
    refused: otherFormer,
  },
  {
    claim: 'that another node never was a member',
    before: { formerMembers: [former('n1'), former('n2')] },
    after: { formerMembers: [former('n1')] },
    refused: otherFormer,
  },
  { claim: 'another’s entry', after: { members: [member('n2')] }, refused: otherMember },
  {
    claim: 'a change of another’s entry',
    before: { members: [member('n2')] },
    after: { members: [member('n2', 'Active')] },
    refused: otherMember,
  },
  {
    claim: 'its own entry and a change of another’s',
    before: { members: [member('n1'), member('n2')] },
    after: { members: [member('n1', 'Active'), member('n2', 'Lost')] },
    refused: otherMember,
  },
  {
    claim: 'that another’s entry goes',
    before: { members: [member('n1'), member('n2')] },
    after: { members: [member('n1')] },
    refused: otherMember,
  },
  {
    claim: 'null for a list with another’s entry',
    before: { members: [member('n2')] },
    after: { members: null },
    refused: otherMember,
  },
  { claim: 'that status goes with another’s entry', before: { members: [member('n2')] }, refused: otherMember },
  {
    claim: 'that it leads, in another’s place',
    before: { holder: 'n2', reason: 'a' },
    after: { holder: 'n1', reason: 'b', since, transitions: 1 },
  },
  { claim: 'that it leads no more', before: { holder: 'n1', reason: 'a' }, after: {} },
  {
    claim: 'what stays of another that leads',
    before: { holder: 'n2', reason: 'a' },
    after: { holder: 'n2', reason: 'a' },
  },
  { claim: 'that another leads', before: {}, after: { holder: 'n2' }, refused: othersHolder },
  {
    claim: 'that another leads in its place',
    before: { holder: 'n1' },
    after: { holder: 'n2' },
    refused: othersHolder,
  },
  { claim: 'that another leads no more', before: { holder: 'n2' }, after: {}, refused: othersHolder },
  {
    claim: 'why another leads',
    before: { holder: 'n2', reason: 'a' },
    after: { holder: 'n2', reason: 'b' },
    refused: othersHolder,
  },
  {
    claim: 'since when another leads',
    before: { holder: 'n2', since },
    after: { holder: 'n2', since: later },
    refused: othersHolder,
  },
  {
    claim: 'that there is no telling since when another leads',
    before: { holder: 'n2', since },
    after: { holder: 'n2' },
    refused: othersHolder,
  },
  { claim: 'that it leads and answers for no address', after: { transitions: 7 } },
  {
    claim: 'that it leads and answers for no address, after another',
    before: { holder: 'n2', reason: 'a', transitions: 6 },
    after: { holder: 'n2', reason: 'a', transitions: 7 },
  },
  {
    claim: 'that what it said of its own leadership goes, when nobody leads',
    before: { reason: 'a', transitions: 6 },
    after: {},
  },
  {
    claim: 'how often the leader changed where it is no member',
    members: ['n2'],
    before: { transitions: 6 },
    after: { transitions: 7 },
    refused: othersHolder,
  },
  {
    claim: 'that it leads where it is no member',
    members: ['n2'],
    after: { holder: 'n1' },
    refused: othersHolder,
  },
  { claim: 'that it leads where nobody is a member', members: [], after: { holder: 'n1' }, refused: othersHolder },
  {
    claim: 'what it does not hold while it leads',
    before: { members: [member('n1', 'Active')], holder: 'n1' },
    after: { members: [member('n1', 'Active')], holder: 'n1', notHeld: lacking() },
  },
  {
    claim: 'that it leads and holds none of the addresses, in the place of one that is gone',
    before: { members: [member('n1'), member('n2', 'Active')], holder: 'n2' },
    after: {
      members: [member('n1', 'Active'), member('n2', 'Active')],
      holder: 'n2',
      transitions: 1,
      notHeld: lacking(),
    },
  },
  {
    claim: 'that it leads no more, and so does not say what it does not hold',
    before: { members: [member('n1', 'Active')], holder: 'n2', notHeld: lacking() },
    after: { members: [member('n1')], holder: 'n2' },
  },
  {
    claim: 'that what it said of its leadership goes after it was given up',
    before: { members: [member('n1', 'Lost')], notHeld: lacking() },
    after: { members: [member('n1')], notHeld: null },
  },
  {
    claim: 'its own entry where another says what it does not hold',
    before: { members: [member('n2', 'Active')], holder: 'n2', notHeld: lacking() },
    after: { members: [member('n1'), member('n2', 'Active')], holder: 'n2', notHeld: lacking() },
  },
  {
    claim: 'what another that leads does not hold',
    before: { members: [member('n1'), member('n2', 'Active')], holder: 'n2' },
    after: { members: [member('n1'), member('n2', 'Active')], holder: 'n2', notHeld: lacking() },
    refused: othersHeld,
  },
  {
    claim: 'what is not held, without a word of its own part',
    before: { holder: 'n2' },
    after: { holder: 'n2', notHeld: lacking() },
    refused: othersHeld,
  },
  {
    claim: 'what is not held where it is no member',
    members: ['n2'],
    before: { members: [member('n1', 'Active')] },
    after: { members: [member('n1', 'Active')], notHeld: lacking() },
    refused: othersHeld,
  },
  {
    claim: 'another address in the list of another that leads',
    before: { members: [member('n1'), member('n2', 'Active')], holder: 'n2', notHeld: lacking() },
    after: { members: [member('n1'), member('n2', 'Active')], holder: 'n2', notHeld: lacking('192.0.2.2') },
    refused: othersHeld,
  },
  {
    claim: 'that another holds what it says not to hold',
    before: { members: [member('n1'), member('n2', 'Active')], holder: 'n2', notHeld: lacking() },
    after: { members: [member('n1'), member('n2', 'Active')], holder: 'n2' },
    refused: othersHeld,
  },
  { claim: 'a condition that it has seen', after: { conditions: [condition('A', 'n1')] } },
  {
    claim: 'a condition that it sees now, after another',
    before: { conditions: [condition('A', 'n2')] },
    after: { conditions: [condition('A', 'n1')] },
  },
  { claim: 'that its own condition goes', before: { conditions: [condition('A', 'n1')] }, after: {} },
  {
    claim: 'its own condition without its words, which is what another agent has said the same',
    before: { conditions: [condition('A', 'n1')] },
    after: { conditions: [{ type: 'A', status: 'True' }] },
  },
  {
    claim: 'that a condition without words goes',
    before: { conditions: [{ type: 'A', status: 'True' }] },
    after: {},
  },
  {
    claim: 'its own condition without words and with another status',
    before: { conditions: [condition('A', 'n1')] },
    after: { conditions: [{ type: 'A', status: 'False' }] },
    refused: othersCondition,
  },
  {
    claim: 'another’s condition without its words',
    before: { conditions: [condition('A', 'n2')] },
    after: { conditions: [{ type: 'A', status: 'True' }] },
    refused: othersCondition,
  },
  {
    claim: 'a condition that another has seen',
    after: { conditions: [condition('A', 'n2')] },
    refused: othersCondition,
  },
  {
    claim: 'that another’s condition goes',
    before: { conditions: [condition('A', 'n2')] },
    after: {},
    refused: othersCondition,
  },
  {
    claim: 'that the controller’s condition goes',
    before: { conditions: [{ type: 'Held', status: 'False', message: 'the controller says so' }] },
    after: {},
    refused: othersCondition,
  },
  {
    claim: 'a condition of nobody',
    after: { conditions: [{ type: 'A', status: 'True' }] },
    refused: othersCondition,
  },
  {
    claim: 'its own entry in a group that is as large as it can be',
    members: Array.from({ length: 1000 }, (_, at) => `n${at + 1}`),
    before: {
      members: Array.from({ length: 1000 }, (_, at) => member(`n${at + 1}`)),
      conditions: Array.from({ length: 10 }, (_, at) => condition(`A${at}`, `n${at}`)),
      holder: 'n1000',
      since,
    },
    after: {
      members: Array.from({ length: 1000 }, (_, at) => member(`n${at + 1}`, at === 0 ? 'Active' : 'Backup')),
      conditions: Array.from({ length: 10 }, (_, at) => condition(`A${at}`, `n${at}`)),
      holder: 'n1',
      since: later,
    },
  },
];

const lease = (name: string, node: string, holderIdentity: string) => ({
  metadata: { name: agentLeaseName(name), annotations: { [agentLeaseNode]: node } },
  spec: { holderIdentity },
});
const longName = 'n'.repeat(250);
const otherLease = /no Lease but that of its own node/;

export const leaseWrites: readonly LeaseWrite[] = [
  { claim: 'its own Lease', lease: lease('n1', 'n1', 'n1') },
  { claim: 'in its own Lease that it has ended', lease: lease('n1', 'n1', '') },
  { claim: 'its own Lease under a name that is cut', bound: longName, lease: lease(longName, longName, longName) },
  { claim: 'another’s Lease', lease: lease('n2', 'n2', 'n2'), refused: otherLease },
  { claim: 'its own name into another’s Lease', lease: lease('n2', 'n1', 'n1'), refused: otherLease },
  { claim: 'its own Lease with another’s annotation', lease: lease('n1', 'n2', 'n1'), refused: otherLease },
  { claim: 'its own Lease in another’s name', lease: lease('n1', 'n1', 'n2'), refused: otherLease },
  {
    claim: 'its own Lease without the annotation',
    lease: { metadata: { name: agentLeaseName('n1') }, spec: { holderIdentity: 'n1' } },
    refused: otherLease,
  },
  {
    claim: 'the Lease of the controller',
    lease: { metadata: { name: 'openelb' }, spec: { holderIdentity: 'n1' } },
    refused: otherLease,
  },
];

/** A write of the status of a BgpPeer or BgpConf. */
export interface SessionWrite {
  readonly claim: string;
  readonly plural: 'bgppeers' | 'bgpconfs';
  readonly before?: object;
  readonly after?: object;
  readonly refused?: RegExp;
}

const session = (node: string, state = 'Established') => ({ node, state });
const shown = (sessionState = 'ESTABLISHED') => ({ peerState: { sessionState } });
const speaker = (routerId: string) => ({ routerId, as: 64512 });
const verdict = [{ type: 'Established', status: 'True', reason: 'AllEstablished', message: '2 of 2 nodes' }];
const otherSession = /no entry of a BgpPeer's or BgpConf's status but that of its own node/;
const concluded = /nothing of what the controller concludes/;

export const sessionWrites: readonly SessionWrite[] = [
  {
    claim: 'how its own session stands, beside another’s',
    plural: 'bgppeers',
    before: { established: '1/2', nodes: [session('n2')], nodesPeerStatus: { n2: shown() }, conditions: verdict },
    after: {
      established: '1/2',
      nodes: [session('n1', 'Idle'), session('n2')],
      nodesPeerStatus: { n1: shown('IDLE'), n2: shown() },
      conditions: verdict,
    },
  },
  {
    claim: 'that its own session is forgotten, the last, where lists become null',
    plural: 'bgppeers',
    before: { nodes: [session('n1')], nodesPeerStatus: { n1: shown() } },
    after: { nodes: null, nodesPeerStatus: null },
  },
  { claim: 'that its whole entry goes', plural: 'bgppeers', before: { nodes: [session('n1')] } },
  {
    claim: 'how another’s session stands',
    plural: 'bgppeers',
    before: { nodes: [session('n2')] },
    after: { nodes: [session('n2', 'Idle')] },
    refused: otherSession,
  },
  {
    claim: 'that another’s session is forgotten',
    plural: 'bgppeers',
    before: { nodes: [session('n1'), session('n2')] },
    after: { nodes: [session('n1')] },
    refused: otherSession,
  },
  {
    claim: 'another’s entry as OpenELB has it',
    plural: 'bgppeers',
    before: { nodesPeerStatus: { n2: shown() } },
    after: { nodesPeerStatus: { n2: shown('IDLE') } },
    refused: otherSession,
  },
  {
    claim: 'that another’s entry as OpenELB has it goes',
    plural: 'bgppeers',
    before: { nodesPeerStatus: { n1: shown(), n2: shown() } },
    after: { nodesPeerStatus: { n1: shown() } },
    refused: otherSession,
  },
  {
    claim: 'an entry of a node that has none as OpenELB has it',
    plural: 'bgppeers',
    after: { nodesPeerStatus: { n3: shown() } },
    refused: otherSession,
  },
  {
    claim: 'how many nodes have a session',
    plural: 'bgppeers',
    before: { established: '1/2' },
    after: { established: '2/2' },
    refused: concluded,
  },
  { claim: 'conditions', plural: 'bgppeers', after: { conditions: verdict }, refused: concluded },
  {
    claim: 'that conditions go',
    plural: 'bgppeers',
    before: { conditions: verdict },
    after: {},
    refused: concluded,
  },
  {
    claim: 'by which identifier it speaks',
    plural: 'bgpconfs',
    before: { nodesConfStatus: { n2: speaker('192.0.2.2') } },
    after: { nodesConfStatus: { n1: speaker('192.0.2.1'), n2: speaker('192.0.2.2') } },
  },
  {
    claim: 'by which identifier another speaks',
    plural: 'bgpconfs',
    before: { nodesConfStatus: { n2: speaker('192.0.2.2') } },
    after: { nodesConfStatus: { n2: speaker('192.0.2.3') } },
    refused: otherSession,
  },
];
