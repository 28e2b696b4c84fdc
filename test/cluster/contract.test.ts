// One contract for every API server the project runs on: `KUBEBUILDER_ASSETS` decides which one answers.
import { execFile } from 'node:child_process';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { apply } from './contract/apply.js';
import { definitions } from './contract/definitions.js';
import { kubectl } from './contract/kubectl.js';
import { lists } from './contract/lists.js';
import { objects } from './contract/objects.js';
import { patches } from './contract/patches.js';
import { createRawClient } from './contract/raw-client.js';
import { restarts } from './contract/restarts.js';
import { services } from './contract/services.js';
import { status } from './contract/status.js';
import { type Subject, widgetDefinition, widgets } from './contract/subject.js';
import { tables } from './contract/tables.js';
import { watches } from './contract/watches.js';
import { webhooks } from './contract/webhooks.js';
import { startCluster } from './harness.js';

const kind = process.env.KUBEBUILDER_ASSETS ? 'real' : 'small';

describe(`the ${kind} API server`, function () {
  this.timeout(60_000);
  const subject = {} as { -readonly [key in keyof Subject]: Subject[key] };

  before(async function () {
    this.timeout(90_000);
    subject.cluster = await startCluster();
    subject.client = createRawClient(subject.cluster);
    subject.namespace = 'contract';
    subject.inside = (plural, name) => `/api/v1/namespaces/${subject.namespace}/${plural}${name ? `/${name}` : ''}`;
    subject.kubectl = await kubectlFor(subject.cluster.kubeconfig);
    subject.minor = Number.parseInt((await subject.client.get('/version')).body.minor, 10);
    await subject.client.post('/api/v1/namespaces', { metadata: { name: subject.namespace } });
    await subject.client.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgetDefinition);
    await served(subject, widgets);
  });
  after(() => subject.cluster?.stop());

  for (const part of [
    objects,
    lists,
    watches,
    patches,
    apply,
    status,
    tables,
    definitions,
    services,
    kubectl,
    webhooks,
    restarts,
  ])
    part(subject);
});

async function served({ client }: Subject, path: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await client.get(path)).status !== 200) {
    if (Date.now() > deadline) throw new Error(`${path} is not served`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function kubectlFor(kubeconfig: string): Promise<Subject['kubectl']> {
  const program = process.env.KUBECTL ?? (await unpackTools()).kubectl;
  return (args, input) =>
    new Promise((resolve) => {
      const child = execFile(program, ['--kubeconfig', kubeconfig, ...args], { timeout: 25_000 }, (error, out, err) => {
        const code = error ? Number(error.code ?? 1) : 0;
        resolve({ code, out, err });
      });
      child.stdin?.end(input ?? '');
    });
}
