import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips } from '../../src/controller/objects/resources.js';
import { coreEvents, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { eventually } from '../lab/eventually.js';
import { againstRules, againstSchema, changes } from './bad-input/eips.js';
import { cases, pools, served } from './bad-input/services.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { freePort } from './free-port.js';
import { type Golden, openGolden } from './golden.js';
import { type Cluster, startCluster } from './harness.js';
import { callWebhookAt, webhookIsCalled } from './webhook-of.js';

interface Event {
  readonly metadata: { readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly uid: string };
}

const kind = process.env.KUBEBUILDER_ASSETS ? 'real' : 'small';

/** Every wrong input, and the exact text that a user sees: from kubectl, or in `kubectl describe`. */
describe('bad input', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;
  let kubectl: (args: readonly string[], input?: object) => Promise<string>;

  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster();
    const { kubectl: binary } = await unpackTools();
    kubectl = async (args, input) => {
      const options = { all: true, reject: false, input: JSON.stringify(input ?? {}) } as const;
      return (await execa(binary, ['--kubeconfig', cluster.kubeconfig, ...args], options)).all;
    };
    client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
    await kubectl(['apply', '-f', join(projectRoot(), 'deploy/crds')]);
    await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    await kubectl(['create', 'namespace', 'openelb-system']);
    controller = await startControllerHere(cluster.kubeconfig);
    for (const [name, { spec, metadata = {} }] of Object.entries(pools)) {
      await client.create(eips, {
        metadata: { ...metadata, name },
        spec: { protocol: 'vip', interface: 'eth0', ...spec },
      });
    }
    for (const [name, { annotations, spec }] of Object.entries(served)) {
      await createService(name, annotations, spec);
      await eventually(`${name} is served`, async () => (await ingress(name)) !== undefined);
    }
  });
  after(async () => {
    await controller?.stop();
    client?.close();
    await cluster?.stop();
  });

  const createService = (name: string, annotations: object, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', ...annotations } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
  const ingress = async (name: string) =>
    (await client.get<Service>(services, `default/${name}`))?.status?.loadBalancer?.ingress?.[0]?.ip;
  const warnings = async (uid: string | undefined) =>
    (await client.list<Event>(coreEvents, { namespace: 'default' })).items
      .filter((event) => event.type === 'Warning' && event.involvedObject.uid === uid)
      .map(({ reason, message }) => `Warning ${reason}: ${message}`);
  // The words are the server's: what kubectl 1.24 and older checks by itself depends on when it has read the schemas.
  const apply = (one: { spec?: unknown; metadata?: object; apiVersion?: string }) =>
    kubectl(['apply', '--validate=false', '-f', '-'], {
      apiVersion: `network.kubesphere.io/${one.apiVersion ?? 'v1alpha2'}`,
      kind: 'Eip',
      metadata: { name: 'wrong-one', ...one.metadata },
      spec: one.spec,
    });

  /** The cases of one golden file. */
  const section = (title: string, file: string, body: (golden: () => Golden) => void) => {
    describe(title, () => {
      let golden: Golden;
      before(() => {
        golden = openGolden(file);
      });
      after(function () {
        const ended = this.test?.parent?.tests ?? [];
        if (ended.every((each) => each.isPassed())) golden.close();
      });
      body(() => golden);
    });
  };

  it('is at least sixty cases', () => {
    assert.ok(againstSchema.length + againstRules.length + changes.length + cases.length >= 60);
  });

  section('of Eips that the schema refuses', `${kind}/eips-refused-by-the-schema.txt`, (golden) => {
    for (const each of againstSchema) {
      it(each.claim, async () => golden().check(each.claim, await apply(each)));
    }
  });

  section('of Eips, without a webhook', `${kind}/eips-in-conditions.txt`, (golden) => {
    for (const each of againstRules) {
      it(each.claim, async () => {
        const name = (each.metadata as { name?: string } | undefined)?.name ?? 'wrong-one';
        assert.match(await apply(each), /created/);
        const eip = await eventually('the condition', async () => {
          const object = await client.get<Eip>(eips, name);
          return object?.status?.conditions?.some(({ type }) => type === 'Ready') ? object : undefined;
        });
        const ready = eip.status?.conditions?.find(({ type }) => type === 'Ready');
        const events = await eventually('an Event', async () => {
          const all = await warnings(eip.metadata.uid);
          return all.length > 0 && all;
        });
        await client.remove(eips, name);
        assert.ok(events.includes(`Warning ${ready?.reason}: ${ready?.message}`), events.join('\n'));
        golden().check(each.claim, `Ready ${ready?.status} ${ready?.reason}: ${ready?.message}`);
      });
    }
  });

  section('of Services', `${kind}/services-in-events.txt`, (golden) => {
    for (const [at, { claim, annotations, spec, later }] of cases.entries()) {
      it(claim, async () => {
        const name = `case-${at}`;
        const { metadata } = await createService(name, annotations, spec);
        if (later !== undefined) {
          await eventually('an address', async () => (await ingress(name)) !== undefined);
          await client.mergePatch(services, `default/${name}`, { metadata: { annotations: later } });
        }
        const events = await eventually('an Event', async () => {
          const all = await warnings(metadata.uid);
          return all.length > 0 && all;
        });
        await client.remove(services, `default/${name}`);
        golden().check(claim, events.join('\n'));
      });
    }
  });

  describe('with a webhook', () => {
    before(async () => {
      await controller.stop();
      const port = await freePort('127.0.0.1');
      await callWebhookAt(client, port);
      controller = await startControllerHere(cluster.kubeconfig, { flags: { 'webhook-address': `127.0.0.1:${port}` } });
      await webhookIsCalled(client);
      const annotations = { 'eip.openelb.kubesphere.io/is-default-eip': 'true' };
      await client.mergePatch(eips, 'lan', { metadata: { annotations } });
    });

    section('Eips that it refuses', 'eips-refused-by-the-webhook.txt', (golden) => {
      for (const each of againstRules) {
        it(each.claim, async () => golden().check(each.claim, await apply(each)));
      }
    });

    section('changes that it refuses', 'changes-refused-by-the-webhook.txt', (golden) => {
      for (const { claim, eip, patch } of changes) {
        it(claim, async () => {
          const args =
            patch === undefined
              ? ['delete', 'eip', eip]
              : ['patch', 'eip', eip, '--type=merge', '-p', JSON.stringify(patch)];
          golden().check(claim, await kubectl(args));
        });
      }
    });
  });
});
