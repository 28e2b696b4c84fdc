import assert from 'node:assert/strict';
import { evaluate } from '@marcbachmann/cel-js';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { agentLeaseName, agentLeaseNode } from '../../../src/api/agent-lease.js';
import { seenBy } from '../../../src/api/vip-group.js';

interface Policy {
  readonly kind: string;
  readonly spec: {
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly { readonly expression: string; readonly message: string }[];
  };
}

// No API server with CEL is at hand, so a library evaluates the policy.
describe('the admission policy that keeps an agent to its own entries', function () {
  this.timeout(60_000);
  let policy: Policy;
  const render = async (version: string) => {
    const { helm } = await unpackTools();
    const args = ['template', 'any-name', projectRoot(), '--namespace', 'lb', '--kube-version', version];
    const { stdout } = await execa(helm, args);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Policy | null);
  };
  before(async () => {
    policy = (await render('v1.30.0')).find((each) => each?.kind === 'ValidatingAdmissionPolicy')!;
  });

  /** What a request of the agent with this token is refused for. */
  const refusals = (o: {
    resource?: string;
    object: object;
    oldObject?: object;
    extra?: Readonly<Record<string, readonly string[]>>;
  }) => {
    const { resource = 'vipgroups', object, oldObject = object } = o;
    const extra = o.extra ?? { 'authentication.kubernetes.io/node-name': ['n1'] };
    const context = { request: { resource: { resource }, userInfo: { username: 'x', extra } }, object, oldObject };
    const variables: Record<string, unknown> = {};
    for (const { name, expression } of policy.spec.variables)
      variables[name] = evaluate(expression, { ...context, variables });
    return policy.spec.validations
      .filter(({ expression }) => evaluate(expression, { ...context, variables }) !== true)
      .map(({ message }) => message);
  };
  const member = (node: string, state = 'Backup') => ({ node, state });
  const group = (status: object | undefined, members: readonly string[] = ['n1', 'n2']) => ({
    metadata: { name: 'lan-0' },
    spec: { members: members.map((node) => ({ node })) },
    ...(status && { status }),
  });
  const write = (before: object | undefined, after: object | undefined, members?: readonly string[]) =>
    refusals({ object: group(after, members), oldObject: group(before, members) });
  const condition = (type: string, node: string) => ({ type, status: 'True', message: `something ${seenBy(node)}` });

  it('is there from 1.30 on', async () => {
    assert.ok(policy);
    const older = await render('v1.29.9');
    assert.ok(!older.some((each) => each?.kind.startsWith('ValidatingAdmissionPolicy')));
  });

  it('lets an agent write, change and take back its own entry', () => {
    assert.deepEqual(write(undefined, { members: [member('n1')] }), []);
    assert.deepEqual(write({ members: [member('n2')] }, { members: [member('n1'), member('n2')] }), []);
    assert.deepEqual(write({ members: [member('n1'), member('n2')] }, { members: [member('n2')] }), []);
    assert.deepEqual(write({ members: [member('n1')] }, undefined), []);
  });

  it('refuses another member’s entry: written, changed or taken away', () => {
    for (const [before, after] of [
      [[], [member('n2')]],
      [[member('n2')], [member('n2', 'Active')]],
      [[member('n1'), member('n2')], [member('n1')]],
    ] as const)
      assert.match(write({ members: before }, { members: after }).join(), /no member .* but that of its own node/);
  });

  it('lets an agent say that it leads, in another’s place too, and that it leads no more', () => {
    assert.deepEqual(write({ holder: 'n2', reason: 'a' }, { holder: 'n1', reason: 'b', since: 'now' }), []);
    assert.deepEqual(write({ holder: 'n1', reason: 'a' }, {}), []);
    assert.deepEqual(write({ holder: 'n2', reason: 'a' }, { holder: 'n2', reason: 'a' }), []);
  });

  it('refuses to say of others that they lead, or do not, and why; and of itself where it is no member', () => {
    for (const [before, after] of [
      [{}, { holder: 'n2' }],
      [{ holder: 'n1' }, { holder: 'n2' }],
      [{ holder: 'n2' }, {}],
      [
        { holder: 'n2', reason: 'a' },
        { holder: 'n2', reason: 'b' },
      ],
      [{ holder: 'n2', since: 'a' }, { holder: 'n2' }],
    ])
      assert.match(write(before, after).join(), /holder only to say/);
    assert.match(write({}, { holder: 'n1' }, ['n2']).join(), /holder only to say/);
  });

  it('lets an agent write the conditions that it has seen, and no others', () => {
    assert.deepEqual(write({}, { conditions: [condition('A', 'n1')] }), []);
    assert.deepEqual(write({ conditions: [condition('A', 'n2')] }, { conditions: [condition('A', 'n1')] }), []);
    assert.deepEqual(write({ conditions: [condition('A', 'n1')] }, {}), []);
    for (const [before, after] of [
      [{}, { conditions: [condition('A', 'n2')] }],
      [{ conditions: [condition('A', 'n2')] }, {}],
      [{ conditions: [{ type: 'Held', status: 'False', message: 'the controller says so' }] }, {}],
      [{}, { conditions: [{ type: 'A', status: 'True' }] }],
    ])
      assert.match(write(before, after).join(), /only conditions/);
  });

  it('refuses a token that is bound to no node', () => {
    const unbound: readonly Readonly<Record<string, readonly string[]>>[] = [
      {},
      { 'authentication.kubernetes.io/node-name': [] },
    ];
    for (const extra of unbound)
      assert.match(refusals({ object: group({}), extra }).join(), /must be bound to its Pod/);
  });

  it('lets an agent renew its own Lease, and say that it has ended', () => {
    for (const holderIdentity of ['n1', '']) assert.deepEqual(refusals(lease('n1', 'n1', holderIdentity)), []);
    const long = 'n'.repeat(250);
    const extra = { 'authentication.kubernetes.io/node-name': [long] };
    assert.deepEqual(refusals({ ...lease(long, long, long), extra }), []);
  });

  it('refuses the Lease of another, and its own in another’s name', () => {
    for (const [name, node, holder] of [
      ['n2', 'n2', 'n2'],
      ['n2', 'n1', 'n1'],
      ['n1', 'n2', 'n1'],
      ['n1', 'n1', 'n2'],
    ] as const)
      assert.deepEqual(refusals(lease(name, node, holder)), ['an agent renews no Lease but that of its own node']);
    assert.equal(refusals({ resource: 'leases', object: { metadata: { name: 'openelb' }, spec: {} } }).length, 1);
  });

  function lease(name: string, node: string, holderIdentity: string) {
    const metadata = { name: agentLeaseName(name), annotations: { [agentLeaseNode]: node } };
    return { resource: 'leases', object: { metadata, spec: { holderIdentity } } };
  }
});
