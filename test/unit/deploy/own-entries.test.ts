import assert from 'node:assert/strict';
import { evaluate } from '@marcbachmann/cel-js';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { bgpWrites, leaseWrites, statusWrites } from '../../vectors/own-entries.js';

interface Policy {
  readonly kind: string;
  readonly spec: {
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly { readonly expression: string; readonly message: string }[];
  };
}

/** A library evaluates the policy here; `test/current-kubernetes` has Kubernetes' own code do so. */
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
  const group = (status: object | undefined, members: readonly string[] = ['n1', 'n2']) => ({
    metadata: { name: 'lan-0' },
    spec: { members: members.map((node) => ({ node })) },
    ...(status && { status }),
  });

  it('is there from 1.30 on', async () => {
    assert.ok(policy);
    const older = await render('v1.29.9');
    assert.ok(!older.some((each) => each?.kind.startsWith('ValidatingAdmissionPolicy')));
  });

  for (const { claim, before, after, members, refused } of statusWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, () => {
      const messages = refusals({ object: group(after, members), oldObject: group(before, members) });
      if (refused) assert.match(messages.join(), refused);
      else assert.deepEqual(messages, []);
    });
  }

  for (const { resource, claim, before, after, refused } of bgpWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, () => {
      const messages = refusals({
        resource,
        object: { spec: {}, status: after },
        oldObject: { spec: {}, status: before },
      });
      if (refused) assert.match(messages.join(), refused);
      else assert.deepEqual(messages, []);
    });
  }

  for (const { claim, bound = 'n1', lease, refused } of leaseWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, () => {
      const extra = { 'authentication.kubernetes.io/node-name': [bound] };
      const messages = refusals({ resource: 'leases', object: lease, extra });
      if (refused) assert.match(messages.join(), refused);
      else assert.deepEqual(messages, []);
    });
  }

  it('refuses a token that is bound to no node', () => {
    const unbound: readonly Readonly<Record<string, readonly string[]>>[] = [
      {},
      { 'authentication.kubernetes.io/node-name': [] },
    ];
    for (const extra of unbound)
      assert.match(refusals({ object: group({}), extra }).join(), /must be bound to its Pod/);
  });
});
