import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

const deploy = join(projectRoot(), 'deploy');

interface Thing {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: shapes of many kinds, read in place
  readonly [key: string]: any;
}

const parse = (text: string) =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Thing | null)
    .filter((object) => object !== null);

const byName = (objects: readonly Thing[]) =>
  new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));

describe('the base for kustomize', function () {
  this.timeout(60_000);
  let folder: string;
  let build: (target: string) => Promise<ReadonlyMap<string, Thing>>;

  before(async () => {
    const { kubectl } = await unpackTools();
    build = async (target) => byName(parse((await execa(kubectl, ['kustomize', target])).stdout));
    folder = await mkdtemp(join(tmpdir(), 'openelb-vip-kustomize-'));
    await symlink(deploy, join(folder, 'deploy'));
  });
  after(() => rm(folder, { recursive: true }));

  /** With a kustomization of these lines, beside the folder `deploy`. */
  const overlay = async (...lines: readonly string[]) => {
    await writeFile(join(folder, 'kustomization.yaml'), ['resources: [deploy]', ...lines, ''].join('\n'));
    return build(folder);
  };

  it('gives the objects of the rendered manifest, each as it is there', async () => {
    const rendered = byName(parse(await readFile(join(deploy, 'openelb-vip.yaml'), 'utf8')));
    assert.ok(rendered.size > 15);
    assert.deepEqual(new Map([...(await build(deploy))].sort()), new Map([...rendered].sort()));
  });

  it('can be moved to another namespace and given another image, with every reference to either', async () => {
    const objects = await overlay(
      'namespace: lb',
      'images: [{ name: docker.io/openelb/openelb-vip, newName: registry.example/vip, newTag: "9" }]',
    );
    // What tells of the namespace in words is no reference.
    const places = [...objects.values()].map((object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: {} },
    }));
    const left = places.filter((object) => /openelb-system/.test(JSON.stringify(object, valuesOnly)));
    assert.deepEqual(
      left.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      [],
    );
    for (const workload of ['Deployment/openelb-controller', 'DaemonSet/openelb-agent'])
      assert.equal(objects.get(workload)!.spec.template.spec.containers[0].image, 'registry.example/vip:9');
    const [subject] = objects.get('ClusterRoleBinding/openelb-agent')!.subjects;
    assert.deepEqual(subject, { kind: 'ServiceAccount', name: 'openelb-agent', namespace: 'lb' });
    const [webhook] = objects.get('ValidatingWebhookConfiguration/openelb-admission')!.webhooks;
    assert.equal(webhook.clientConfig.service.namespace, 'lb');
  });

  it('takes what Prometheus and Grafana load as a component', async () => {
    const objects = await overlay('namespace: lb', 'components: [deploy/monitoring]');
    for (const name of ['PodMonitor/openelb-agent', 'PodMonitor/openelb-controller', 'ConfigMap/openelb-dashboard'])
      assert.equal(objects.get(name)?.metadata.namespace, 'lb', name);
    assert.ok(JSON.parse(objects.get('ConfigMap/openelb-dashboard')!.data['openelb.json']).panels.length > 0);
    const alerts = parse(await readFile(join(deploy, 'monitoring/alerts.yaml'), 'utf8'))[0]!;
    assert.deepEqual(objects.get(`PrometheusRule/${alerts.metadata.name}`)!.spec, alerts.spec);
  });
});

/** Descriptions in schemas may name the usual namespace. */
const valuesOnly = (key: string, value: unknown) => (key === 'description' ? undefined : value);
