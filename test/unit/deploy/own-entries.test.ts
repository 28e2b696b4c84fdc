import assert from 'node:assert/strict';
import { evaluate } from '@marcbachmann/cel-js';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { leaseWrites, statusWrites } from '../../vectors/own-entries.js';

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
  const render = async (version: string, ...values: readonly string[]) => {
    const { helm } = await unpackTools();
    const sets = values.flatMap((value) => ['--set-json', value]);
    const args = ['template', 'any-name', projectRoot(), '--namespace', 'lb', '--kube-version', version, ...sets];
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

  it('is there wherever agents are, also where `speaker` switches them on or off', async () => {
    const kinds = async (...values: readonly string[]) =>
      (await render('v1.30.0', ...values))
        .map((each) => each?.kind)
        .filter((kind) => kind?.startsWith('ValidatingAdm'));
    const both = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
    assert.deepEqual(await kinds('agent.enable=false', 'speaker.enable=true'), both);
    assert.deepEqual(await kinds('speaker.enable=false'), []);
  });

  it('is replaced by a webhook that the server waits for less long than agents wait for the server', async () => {
    const configuration = (await render('v1.29.9', 'webhook.timeoutSeconds=30')).find(
      (each) => each?.kind === 'ValidatingWebhookConfiguration',
    ) as unknown as { webhooks: readonly { name: string; timeoutSeconds: number }[] };
    const ofAgents = configuration.webhooks.filter(({ name }) => name.includes('own-entries'));
    assert.deepEqual(
      ofAgents.map(({ timeoutSeconds }) => timeoutSeconds),
      [1, 1],
    );
  });

  it('is replaced by the controller’s webhook on servers before, for the same objects', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: objects of every kind; a wrong shape fails the assertion
    const guardsIn = (objects: readonly any[]) =>
      objects
        .find((each) => each?.kind === 'ValidatingWebhookConfiguration')
        .webhooks.filter(({ name }: { name: string }) => name.includes('own-entries'));
    const older = await render('v1.29.9');
    const guards = guardsIn(older);
    const rules = (policy.spec as unknown as { matchConstraints: { resourceRules: { resources: string[] }[] } })
      .matchConstraints.resourceRules;
    assert.deepEqual(
      guards.flatMap((each: { rules: { resources: string[] }[] }) => each.rules[0]?.resources),
      rules.flatMap(({ resources }) => resources),
    );
    for (const { clientConfig, failurePolicy } of guards) {
      assert.equal(failurePolicy, 'Ignore');
      // The controller fills it in, and an upgrade does not take it away.
      assert.equal(clientConfig.service.path, undefined);
    }
    const mayGetPods = (objects: readonly unknown[]) => JSON.stringify(objects).includes('"resources":["pods"]');
    assert.ok(mayGetPods(older));
    for (const newer of [await render('v1.30.0'), await render('v1.36.1')]) {
      assert.deepEqual(guardsIn(newer), []);
      assert.ok(!mayGetPods(newer));
    }
    const strict = guardsIn(await render('v1.29.9', 'webhook.agentFailurePolicy="Fail"'));
    assert.ok(strict.every((each: { failurePolicy: string }) => each.failurePolicy === 'Fail'));
    const named = JSON.stringify(await render('v1.29.9', 'agent.serviceAccountName="speaker"'));
    assert.ok(named.includes('"--agent-service-account=speaker"'));
    assert.deepEqual(guardsIn(await render('v1.29.9', 'agent.enable=false')), []);
  });

  it('asks of agents a token that is bound to their Pod, which the chart mounts on every server', async () => {
    for (const version of ['v1.20.2', 'v1.36.0']) {
      const agents = (await render(version)).find((each) => each?.kind === 'DaemonSet') as unknown as {
        // biome-ignore lint/suspicious/noExplicitAny: a wrong shape fails the assertion
        spec: { template: { spec: any } };
      };
      const { automountServiceAccountToken, containers, volumes } = agents.spec.template.spec;
      assert.equal(automountServiceAccountToken, false);
      const at = '/var/run/secrets/kubernetes.io/serviceaccount';
      const mount = containers[0].volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === at);
      const volume = volumes.find(({ name }: { name: string }) => name === mount.name);
      const files = volume.projected.sources.flatMap((source: Record<string, { path?: string; items?: object[] }>) =>
        Object.values(source).flatMap(({ path, items = [{ path }] }) =>
          items.map((item) => (item as { path: string }).path),
        ),
      );
      assert.deepEqual(files, ['token', 'ca.crt', 'namespace']);
    }
  });

  for (const { claim, before, after, members, refused } of statusWrites) {
    it(`${refused ? 'refuses' : 'lets'} an agent write ${claim}`, () => {
      const messages = refusals({ object: group(after, members), oldObject: group(before, members) });
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
